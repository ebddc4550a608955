"""thing_activity and person_activity: pages that together are all there is, compared with a plain computation."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ontology.errors import FieldRefused
from ontology.metrics import ActivityPage, person_activity, thing_activity
from ontology.models import Event, Group, Person, Thing
from tests.factories import MOMENT, make_event, make_group, make_person, make_thing
from tests.ontology.loading import load
from tests.ontology.test_relationships import DEMO

pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> Group:
    return make_group()


@pytest.fixture
def thing(group: Group) -> Thing:
    return make_thing(group)


@pytest.fixture
def person() -> Person:
    return make_person()


@pytest.fixture(autouse=True)
def history(group: Group, thing: Thing, person: Person) -> None:
    """Events of five months around a thing and a person, some at the same moment, some of another group."""
    other, foreign = make_thing(group), make_group()
    dice = random.Random(3)
    for _ in range(60):
        ends = {name: dice.choice([thing, other, None]) for name in ("actor", "target")}
        when = MOMENT + timedelta(days=dice.choice([0, 0, 1, 40, 80, -45]))
        make_event(group, **ends, person=dice.choice([person, None]), timestamp=when)
        make_event(foreign, person=dice.choice([person, None, None]), timestamp=when)


def walked(ask: Callable[[str | None], ActivityPage]) -> list[Event]:
    page = ask(None)
    found = list(page.items)
    while page.next_cursor:
        assert page.has_more
        page = ask(page.next_cursor)
        found += page.items
    assert not page.has_more
    return found


def latest_first(events: list[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event.timestamp, event.pk), reverse=True)


def test_thing_activity__pages_are_all_there_is(group: Group, thing: Thing) -> None:
    expected = latest_first([event for event in Event.objects.in_group(group) if thing.pk in (event.actor_id, event.target_id)])

    assert len(expected) > 20
    assert walked(lambda cursor: thing_activity(thing, limit=7, cursor=cursor)) == expected
    assert thing_activity(thing, limit=100).items == expected


def test_thing_activity__nothing(group: Group) -> None:
    page = thing_activity(make_thing(group))

    assert (page.items, page.count, page.has_more, page.next_cursor) == ([], 0, False, None)


def test_thing_activity__cursor_is_stable_under_inserts(group: Group, thing: Thing) -> None:
    expected = thing_activity(thing, limit=100).items

    def ask(cursor: str | None) -> ActivityPage:
        page = thing_activity(thing, limit=5, cursor=cursor)
        make_event(group, actor=thing, timestamp=datetime.now(UTC))
        return page

    assert walked(ask) == expected


def test_person_activity__in_some_groups_and_everywhere(group: Group, person: Person) -> None:
    mine = [event for event in Event.objects.all() if event.person_id == person.pk]
    here = [event for event in mine if event.group_id == group.pk]
    assert 10 < len(here) < len(mine)

    assert walked(lambda cursor: person_activity(person, limit=4, cursor=cursor)) == latest_first(mine)
    assert walked(lambda cursor: person_activity(person, groups=[group], limit=4, cursor=cursor)) == latest_first(here)
    assert walked(lambda cursor: person_activity(person, groups=[group.pk], limit=100, cursor=cursor)) == latest_first(here)
    assert person_activity(person, groups=[]).items == []


@pytest.mark.parametrize("limit", [2, 50])
def test_activity__two_queries_with_all_that_events_name(thing: Thing, person: Person, limit: int) -> None:
    for ask in (lambda: thing_activity(thing, limit=limit), lambda: person_activity(person, limit=limit)):
        with CaptureQueriesContext(connection) as captured:
            for event in ask().items:
                str(event.actor), str(event.target), str(event.person), str(event.group)
        assert len(captured) == 2


def test_person_activity__by_its_index(person: Person) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
    with CaptureQueriesContext(connection) as captured:
        person_activity(person, limit=2)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + captured[0]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "person_id" in plan
    assert "Sort" not in plan


@pytest.mark.parametrize(
    "given", [{"limit": 0}, {"limit": 101}, {"cursor": "x"}, {"cursor": "WyJ4IiwgIngiXQ"}, {"cursor": "WyIyMDI2LTAxLTAxIiwgIngiXQ"}]
)
def test_activity__bad_arguments_are_named(thing: Thing, given: dict[str, Any]) -> None:
    with pytest.raises(FieldRefused) as refusal:
        thing_activity(thing, **given)
    assert refusal.value.field in given


def test_thing_activity__of_real_data() -> None:
    group = Group.objects.create(slug="real", name="Real")
    load(DEMO / "shop.ndjson.gz", "--group", group.slug)
    events = list(Event.objects.in_group(group))
    ((busiest_id, _),) = Counter(event.actor_id for event in events if event.actor_id).most_common(1)
    busiest = Thing.objects.get(pk=busiest_id)
    expected = latest_first([event for event in events if busiest.pk in (event.actor_id, event.target_id)])

    assert len(expected) > 5
    assert walked(lambda cursor: thing_activity(busiest, limit=3, cursor=cursor)) == expected
