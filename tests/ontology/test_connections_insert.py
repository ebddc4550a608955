"""connections_insert: each rule of an item, and paths that must not lead back."""

import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ontology.errors import TooManyItems
from ontology.models import Connection, ConnectionType, Event, Group, Thing
from ontology.services.connections import connections_insert
from ontology.services.things import things_insert
from ontology.validation.paths import cycle_closers
from tests.answers import counted, rows, told
from tests.factories import make_group, make_thing

pytestmark = pytest.mark.django_db
CHAIN_SECONDS_MAX = 10
BOUGHT = {"from": "ann", "to": "book", "type": "purchased"}


@pytest.fixture
def group() -> Group:
    group = make_group()
    make_thing(group, type="creator", external_id="ann")
    make_thing(group, type="product", external_id="book")
    for name in "abcde":
        make_thing(group, type="note", external_id=name)
    return group


def parts(*pairs: str) -> list[dict[str, Any]]:
    """Links `part_of` from the first letter of each pair to its second."""
    return [{"from": pair[0], "to": pair[1], "type": "part_of"} for pair in pairs]


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"type": None}, "type", "missing"),
        ({"type": "no_such_type"}, "type", "unknown_type"),
        ({"type": {}}, "type", "unknown_type"),
        ({"from": None}, "from", "missing"),
        ({"from": ""}, "from", "missing"),
        ({"from": "nobody"}, "from", "not_found"),
        ({"from": 5}, "from", "not_text"),
        ({"from": ["ann"]}, "from", "not_text"),
        ({"to": "a\0"}, "to", "nul"),
        ({"to": "\udc00"}, "to", "not_unicode"),
        ({"to": "x" * 501}, "to", "too_long"),
        ({"from": "book"}, "from", "forbidden_pair"),
        ({"to": "a"}, "to", "forbidden_pair"),
        ({"metadata": None}, "metadata", "not_object"),
        ({"metadata": {"n": 1 << 70}}, "metadata", "number_too_large"),
        ({"strength": 1.01}, "strength", "out_of_range"),
        ({"strength": -0.01}, "strength", "out_of_range"),
        ({"strength": "0.5"}, "strength", "out_of_range"),
        ({"strength": True}, "strength", "out_of_range"),
        ({"strength": float("nan")}, "strength", "out_of_range"),
        ({"valid_from": "2024-05-01"}, "valid_from", "no_offset"),
        ({"valid_to": {}}, "valid_to", "not_a_moment"),
        ({"valid_from": "2024-05-02T00:00:00Z", "valid_to": "2024-05-01T00:00:00Z"}, "valid_to", "before_valid_from"),
        ({"weight": 1}, "weight", "unknown_field"),
    ],
)
def test_connections_insert__rule_of_an_item(group: Group, wrong: dict[str, Any], field: str, code: str) -> None:
    result = connections_insert(group, [*parts("ab"), {**BOUGHT, **wrong}])

    assert told(result) == [(1, field, code)]
    assert counted(result) == (1, 0, 0, 1)
    assert Connection.objects.in_group(group).count() == 1


def test_connections_insert__names_every_problem(group: Group) -> None:
    item = {"from": "book", "to": "nobody", "type": "purchased", "metadata": 5, "strength": 2, "valid_from": "then", "x": 1}

    result = connections_insert(group, [item, {"type": "x"}])

    assert [(index, field) for index, field, _ in told(result)] == [
        (0, "metadata"),
        (0, "strength"),
        (0, "valid_from"),
        (0, "x"),
        (0, "to"),
        (0, "from"),
        (1, "type"),
        (1, "from"),
        (1, "to"),
    ]


def test_connections_insert__inactive_type(group: Group) -> None:
    ConnectionType.objects.filter(name="purchased").update(active=False)

    assert told(connections_insert(group, [BOUGHT])) == [(0, "type", "inactive_type")]


def test_connections_insert__writes_the_row_as_given(group: Group) -> None:
    ann, book = Thing.objects.get(group=group, external_id="ann"), Thing.objects.get(group=group, external_id="book")
    item = {
        "from": str(ann.pk).upper(),
        "to": book.pk,
        "type": "purchased",
        "metadata": {"note": '\x01"\n'},
        "strength": 0.1,
        "valid_from": 0,
        "valid_to": "2024-05-01T02:00:00+02:00",
    }

    result = connections_insert(group, [item])

    row = Connection.objects.get(pk=result.created[0])
    assert (row.from_thing_id, row.to_thing_id, row.type, row.metadata, row.strength) == (ann.pk, book.pk, "purchased", item["metadata"], 0.1)
    assert [moment.isoformat() for moment in (row.valid_from, row.valid_to) if moment] == ["1970-01-01T00:00:00+00:00", "2024-05-01T00:00:00+00:00"]
    (event,) = Event.objects.in_group(group)
    assert (event.type, event.metadata["count"]) == ("connections_bulk_created", 1)


def test_connections_insert__an_id_wins_over_an_external_id_of_the_same_words(group: Group) -> None:
    ann = Thing.objects.get(group=group, external_id="ann")
    make_thing(group, type="creator", external_id=str(ann.pk))

    result = connections_insert(group, [{**BOUGHT, "from": str(ann.pk)}])

    assert Connection.objects.get(pk=result.created[0]).from_thing_id == ann.pk


def test_connections_insert__deleted_and_foreign_ends(group: Group) -> None:
    Thing.objects.filter(group=group, external_id="a").update(deleted_at="2024-01-01T00:00:00Z")
    theirs = make_thing(make_group(), type="creator", external_id="theirs")
    before = rows()

    result = connections_insert(group, [*parts("ab"), {**BOUGHT, "from": str(theirs.pk)}, {**BOUGHT, "from": "theirs"}])

    assert told(result) == [(0, "from", "deleted"), (1, "from", "not_found"), (2, "from", "not_found")]
    assert rows() == before


def test_connections_insert__duplicates(group: Group) -> None:
    connections_insert(group, [BOUGHT])

    refused = connections_insert(group, [BOUGHT, *parts("ab", "ab")])
    skipped = connections_insert(group, [BOUGHT, *parts("ab", "bc", "bc")], on_conflict="skip")

    assert told(refused) == [(0, "type", "connection_exists"), (2, "type", "duplicate_in_call")]
    assert counted(skipped) == (1, 0, 3, 0)


def test_connections_insert__a_deleted_connection_may_be_made_anew(group: Group) -> None:
    connections_insert(group, [BOUGHT])
    Connection.objects.in_group(group).update(deleted_at="2024-01-01T00:00:00Z")

    assert counted(connections_insert(group, [BOUGHT])) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("table", "batch", "closing"),
    [
        ((), ("aa",), [0]),
        ((), ("ab", "ba"), [1]),
        ((), ("ab", "bc", "cd", "da"), [3]),
        ((), ("da", "ab", "bc", "cd"), [3]),
        (("ab", "bc"), ("ca",), [0]),
        (("ab",), ("bc", "cd", "da"), [2]),
        (("ab", "cd"), ("bc", "da"), [1]),
        (("ab", "cd"), ("da", "bc"), [1]),
        (("ab", "bc", "cd", "de"), ("ea", "db", "ca", "ae"), [0, 1, 2]),
        (("ab", "ac", "bd", "cd"), ("ad",), []),
        ((), ("ab", "ac", "bd", "cd", "ad", "de"), []),
        ((), ("ab", "bc", "ca", "cd", "db", "ea"), [2, 4]),
    ],
)
def test_connections_insert__cycles(group: Group, table: tuple[str, ...], batch: tuple[str, ...], closing: list[int]) -> None:
    connections_insert(group, parts(*table), mode="atomic")

    result = connections_insert(group, parts(*batch))

    assert told(result) == [(place, "to", "cycle") for place in closing]
    assert len(result.created) == len(batch) - len(closing)


def test_connections_insert__types_and_groups_have_paths_of_their_own(group: Group) -> None:
    other = make_group()
    for name in "ab":
        make_thing(other, type="creator", external_id=name)
    connections_insert(other, parts("ab"))

    result = connections_insert(group, [*parts("ba"), {"from": "a", "to": "b", "type": "transacted"}, {"from": "b", "to": "a", "type": "transacted"}])

    assert counted(result) == (3, 0, 0, 0)


def test_connections_insert__deleted_links_lead_nowhere(group: Group) -> None:
    connections_insert(group, parts("ab"))
    Connection.objects.in_group(group).update(deleted_at="2024-01-01T00:00:00Z")

    assert counted(connections_insert(group, parts("ba"))) == (1, 0, 0, 0)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("closing_first", [False, True])
def test_cycle_closers__long_chain_in_bounded_time(backwards: bool, closing_first: bool) -> None:
    length = 10_000
    chain = [(str(n), str(n + 1)) for n in range(length - 1)]
    chain = chain[::-1] if backwards else chain
    closing = (str(length - 1), "0")
    started = time.perf_counter()

    closers = cycle_closers([closing, *chain] if closing_first else [*chain, closing], [])

    assert closers == {length - 1}
    assert time.perf_counter() - started < CHAIN_SECONDS_MAX


def test_cycle_closers__a_hundred_ways_back_in_bounded_time() -> None:
    chain = [(str(n), str(n + 1)) for n in range(9_000)]
    started = time.perf_counter()

    closers = cycle_closers([*chain, *((str(9_000 - n), "0") for n in range(100))], [])

    assert closers == set(range(9_000, 9_100))
    assert time.perf_counter() - started < CHAIN_SECONDS_MAX


def test_connections_insert__long_chain_in_the_table(group: Group) -> None:
    things_insert(group, [{"type": "note", "name": "N", "external_id": str(n)} for n in range(10_000)])
    chain = [{"from": str(n), "to": str(n + 1), "type": "part_of"} for n in range(9_999)]
    connections_insert(group, chain, mode="atomic")
    started = time.perf_counter()

    result = connections_insert(group, [{"from": "9999", "to": "0", "type": "part_of"}])

    assert told(result) == [(0, "to", "cycle")]
    assert time.perf_counter() - started < CHAIN_SECONDS_MAX


def test_connections_insert__atomic_and_dry_run_write_nothing(group: Group) -> None:
    items = [BOUGHT, *parts("ab", "ba")]
    before = rows()

    atomic = connections_insert(group, items, mode="atomic")
    dry = connections_insert(group, items, dry_run=True)

    assert rows() == before
    assert (counted(atomic), counted(dry)) == ((0, 0, 0, 1), (2, 0, 0, 1))
    assert told(connections_insert(group, items)) == told(dry) == [(2, "to", "cycle")]


def test_connections_insert__too_many_items(group: Group) -> None:
    with pytest.raises(TooManyItems):
        connections_insert(group, [BOUGHT] * 10_001)


def test_connections_insert__queries_do_not_grow(group: Group) -> None:
    things_insert(group, [{"type": "note", "name": "N", "external_id": str(n)} for n in range(2_100)])
    counts = []
    for start, count in ((0, 10), (1_000, 1_000)):
        items = [{"from": str(start + n), "to": str(start + n + 1), "type": "part_of"} for n in range(count)]
        with CaptureQueriesContext(connection) as queries:
            assert len(connections_insert(group, items).created) == count
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 16
