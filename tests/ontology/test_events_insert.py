"""events_insert: each rule of an item, the months it makes, and facts that nobody takes back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ontology.errors import TooManyItems
from ontology.models import Event, EventType, Group, Thing
from ontology.services.events import content_digest, events_insert
from ontology.services.things import things_insert
from tests.answers import counted, rows, told
from tests.factories import make_group, make_thing

pytestmark = pytest.mark.django_db
PLAIN = {"type": "content_event", "timestamp": "2024-03-05T12:00:00Z"}


@pytest.fixture
def group() -> Group:
    return make_group()


def partitions() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'ontology_event'::regclass")
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"type": None}, "type", "missing"),
        ({"type": "no_such_type"}, "type", "unknown_type"),
        ({"type": []}, "type", "unknown_type"),
        ({"actor": "nobody"}, "actor", "not_found"),
        ({"target": "nothing"}, "target", "not_found"),
        ({"actor": 5}, "actor", "not_text"),
        ({"actor": ""}, "actor", "missing"),
        ({"actor": "a\0"}, "actor", "nul"),
        ({"target": {"id": 1}}, "target", "not_text"),
        ({"timestamp": "soon"}, "timestamp", "not_a_moment"),
        ({"timestamp": "2024-03-05T12:00:00"}, "timestamp", "no_offset"),
        ({"timestamp": 1_709_640_000_000}, "timestamp", "milliseconds"),
        ({"timestamp": "1969-12-31T23:59:59Z"}, "timestamp", "out_of_range"),
        ({"timestamp": "1970-01-01T00:00:00+01:00"}, "timestamp", "out_of_range"),
        ({"timestamp": "9999-12-31T23:59:59-14:00"}, "timestamp", "not_a_moment"),
        ({"timestamp": float("nan")}, "timestamp", "not_a_moment"),
        ({"timestamp": []}, "timestamp", "not_a_moment"),
        ({"metadata": None}, "metadata", "not_object"),
        ({"metadata": {"a": "\0"}}, "metadata.a", "nul"),
        ({"external_id": ""}, "external_id", "blank"),
        ({"external_id": 5}, "external_id", "not_text"),
        ({"external_id": ["a"]}, "external_id", "not_text"),
        ({"person": "x"}, "person", "unknown_field"),
    ],
)
def test_events_insert__rule_of_an_item(group: Group, wrong: dict[str, Any], field: str, code: str) -> None:
    result = events_insert(group, [PLAIN, {**PLAIN, **wrong}])

    assert told(result) == [(1, field, code)]
    assert counted(result) == (1, 0, 0, 1)
    assert Event.objects.in_group(group).count() == 1


def test_events_insert__further_ahead_than_a_year(group: Group) -> None:
    ahead = timezone.now() + timedelta(days=367)

    result = events_insert(group, [{**PLAIN, "timestamp": ahead.isoformat()}])

    assert told(result) == [(0, "timestamp", "out_of_range")]


def test_events_insert__names_every_problem(group: Group) -> None:
    item = {"type": "x", "actor": "a", "target": "b", "timestamp": "c", "metadata": [], "external_id": "", "d": 1}

    result = events_insert(group, [item])

    assert {field for _, field, _ in told(result)} == {"type", "actor", "target", "timestamp", "metadata", "external_id", "d"}


def test_events_insert__inactive_type(group: Group) -> None:
    EventType.objects.filter(name="content_event").update(active=False)

    assert told(events_insert(group, [PLAIN])) == [(0, "type", "inactive_type")]


def test_events_insert__writes_the_row_as_given(group: Group) -> None:
    actor, target = make_thing(group, type="creator", external_id="ann"), make_thing(group)
    item = {**PLAIN, "actor": "ann", "target": str(target.pk), "metadata": {"amount": 12.5, "s": "\x01\n\"'"}, "external_id": "e1"}

    result = events_insert(group, [item])

    event = Event.objects.get(pk=result.created[0])
    assert (event.actor_id, event.target_id, event.person_id) == (actor.pk, target.pk, None)
    assert (event.timestamp, event.metadata, event.external_id) == (datetime(2024, 3, 5, 12, tzinfo=UTC), item["metadata"], "e1")


def test_events_insert__deleted_things_keep_their_history(group: Group) -> None:
    make_thing(group, external_id="gone", deleted_at=timezone.now())

    result = events_insert(group, [{**PLAIN, "target": "gone"}])

    assert counted(result) == (1, 0, 0, 0)


@pytest.mark.parametrize("field", ["actor", "target"])
@pytest.mark.parametrize("by", ["id", "external_id"])
def test_events_insert__other_groups_thing(group: Group, field: str, by: str) -> None:
    theirs = make_thing(make_group(), external_id="theirs")
    before = rows()

    result = events_insert(group, [{**PLAIN, field: str(theirs.pk) if by == "id" else "theirs"}])

    assert told(result) == [(0, field, "not_found")]
    assert rows() == before


def test_events_insert__late_event_makes_its_month(group: Group) -> None:
    assert "ontology_event_1987_06" not in partitions()

    result = events_insert(group, [{**PLAIN, "timestamp": "1987-06-30T23:59:59.999999Z"}, {**PLAIN, "timestamp": "1987-07-01T00:00:00Z"}])

    assert counted(result) == (2, 0, 0, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ontology_event_1987_06")
        assert cursor.fetchone() == (1,)
    assert {"ontology_event_1987_06", "ontology_event_1987_07"} <= partitions()


def test_events_insert__month_is_of_utc(group: Group) -> None:
    events_insert(group, [{**PLAIN, "timestamp": "1988-02-29T23:30:00-01:00"}])

    assert {name for name in partitions() if "1988" in name} == {"ontology_event_1988_03"}


def test_events_insert__refused_items_make_no_month(group: Group) -> None:
    events_insert(group, [{**PLAIN, "timestamp": "1986-06-01T00:00:00Z", "actor": "nobody"}])

    assert "ontology_event_1986_06" not in partitions()


def test_events_insert__without_a_timestamp_is_now(group: Group) -> None:
    before = timezone.now()

    result = events_insert(group, [{"type": "content_event"}])

    assert before <= Event.objects.get(pk=result.created[0]).timestamp <= timezone.now()


def test_events_insert__external_id_is_unique_in_its_month(group: Group) -> None:
    item = {**PLAIN, "external_id": "e1"}
    next_month = {**item, "timestamp": "2024-04-05T12:00:00Z"}
    events_insert(group, [item])

    again = events_insert(group, [item, next_month, next_month])
    skipped = events_insert(group, [item, next_month, {**next_month, "external_id": "e2"}] * 2, on_conflict="skip")

    assert told(again) == [(0, "external_id", "external_id_taken"), (2, "external_id", "duplicate_in_call")]
    assert counted(skipped) == (1, 0, 5, 0)
    assert Event.objects.in_group(group).count() == 3


def test_events_insert__skipping_a_repeat_of_a_refused_item_writes_it(group: Group) -> None:
    result = events_insert(group, [{**PLAIN, "external_id": "e1", "actor": "nobody"}, {**PLAIN, "external_id": "e1"}], on_conflict="skip")

    assert counted(result) == (1, 0, 0, 1)


def test_events_insert__same_external_id_in_two_groups(group: Group) -> None:
    item = {**PLAIN, "external_id": "e1"}
    events_insert(make_group(), [item])

    assert counted(events_insert(group, [item])) == (1, 0, 0, 0)


def test_events_insert__content_digest_is_the_identity(group: Group) -> None:
    digests = [content_digest(PLAIN, ordinal, group) for ordinal in (0, 1)]

    first = events_insert(group, [PLAIN, PLAIN], content_digests=digests)
    second = events_insert(group, [PLAIN, PLAIN], content_digests=digests)
    third = events_insert(group, [PLAIN, PLAIN], content_digests=digests, on_conflict="skip")

    assert counted(first) == (2, 0, 0, 0)
    assert told(second) == [(0, "", "event_exists"), (1, "", "event_exists")]
    assert counted(third) == (0, 0, 2, 0)


def test_events_insert__atomic_writes_nothing(group: Group) -> None:
    before = rows()

    result = events_insert(group, [PLAIN, {**PLAIN, "actor": "nobody"}], mode="atomic")

    assert counted(result) == (0, 0, 0, 1)
    assert rows() == before


def test_events_insert__dry_run(group: Group) -> None:
    before = rows()

    dry = events_insert(group, [{**PLAIN, "timestamp": "1985-06-01T00:00:00Z"}, {**PLAIN, "actor": "nobody"}], dry_run=True)

    assert (counted(dry), told(dry)) == ((1, 0, 0, 1), [(1, "actor", "not_found")])
    assert rows() == before
    assert "ontology_event_1985_06" not in partitions()


def test_events_insert__too_many_items(group: Group) -> None:
    with pytest.raises(TooManyItems):
        events_insert(group, [PLAIN] * 10_001)


def test_events_insert__queries_do_not_grow(group: Group) -> None:
    things_insert(group, [{"type": "note", "name": "N", "external_id": f"n{n}"} for n in range(1_000)])
    counts = []
    for count in (10, 1_000):
        items = [{**PLAIN, "timestamp": 1_700_000_000 + 10_000 * n, "target": f"n{n}"} for n in range(count)]
        with CaptureQueriesContext(connection) as queries:
            assert len(events_insert(group, items).created) == count
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 14
    assert Thing.objects.in_group(group).count() == 1_000
