"""thing_relationships: pages that together are all there is, compared with a plain computation."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ontology.errors import FieldRefused
from ontology.metrics import RelationshipsPage, relationships, thing_relationships
from ontology.models import Connection, Group, Thing
from tests.factories import MOMENT, make_connection, make_group, make_thing
from tests.ontology.loading import load

pytestmark = pytest.mark.django_db
DEMO = Path(__file__).resolve().parents[2] / "ontology" / "demo"
type Seen = tuple[str, object, object]


def naive(thing: Thing, *, direction: str = "both", type: str | None = None, as_of: datetime | None = None) -> list[Seen]:
    """All relationships of THING in order, from all connections there are."""
    rows = [row for row in Connection.objects.all() if row.group_id == thing.group_id and row.deleted_at is None and type in (None, row.type)]
    if as_of is not None:
        rows = [row for row in rows if (row.valid_from or as_of) <= as_of and (row.valid_to is None or as_of < row.valid_to)]
    out = sorted((row for row in rows if row.from_thing_id == thing.pk), key=lambda row: (row.type, row.to_thing_id))
    into = sorted((row for row in rows if row.to_thing_id == thing.pk), key=lambda row: row.pk, reverse=True)
    into.sort(key=lambda row: row.type)
    found = [("outbound", row.pk, row.to_thing_id) for row in out] + [("inbound", row.pk, row.from_thing_id) for row in into]
    return [seen for seen in found if direction in ("both", seen[0])]


def seen(pages: Iterable[RelationshipsPage]) -> list[Seen]:
    return [(item.direction.value, item.connection.pk, item.thing.pk) for page in pages for item in page.items]


def walked(thing: Thing, **filters: Any) -> list[RelationshipsPage]:
    pages = [thing_relationships(thing, **filters)]
    while pages[-1].next_cursor:
        pages.append(thing_relationships(thing, cursor=pages[-1].next_cursor, **filters))
    return pages


@pytest.fixture
def hub() -> Thing:
    group = make_group()
    hub = make_thing(group, name="Hub")
    rest = [make_thing(group) for _ in range(8)]
    dice = random.Random(7)
    for number in range(40):
        ends = (hub, dice.choice(rest)) if number % 2 else (dice.choice(rest), hub)
        dates = {"valid_from": dice.choice([None, MOMENT]), "valid_to": dice.choice([None, MOMENT + timedelta(days=1)])}
        kind = dice.choice(["owns", "part_of", "purchased"])
        if not Connection.objects.filter(from_thing=ends[0], to_thing=ends[1], type=kind, deleted_at=None).exists():
            make_connection(group, *ends, type=kind, deleted_at=dice.choice([None, None, MOMENT]), **dates)
    make_connection(group, hub, hub, type="part_of")
    make_connection(group, rest[0], rest[1])
    return hub


@pytest.mark.parametrize("direction", ["both", "inbound", "outbound"])
@pytest.mark.parametrize("type_name", [None, "part_of", "nothing"])
@pytest.mark.parametrize("as_of", [None, MOMENT - timedelta(1), MOMENT, MOMENT + timedelta(days=1)])
def test_thing_relationships__pages_are_all_there_is(hub: Thing, direction: str, type_name: str | None, as_of: datetime | None) -> None:
    filters: dict[str, Any] = {"direction": direction, "type": type_name, "as_of": as_of}
    expected = naive(hub, **filters)

    pages = walked(hub, limit=3, **filters)

    assert seen(pages) == expected
    assert {(page.total, page.total_is_floor) for page in pages} == {(len(expected), False)}
    assert [page.has_more for page in pages] == [True] * (len(pages) - 1) + [False]
    assert all(page.count == 3 for page in pages[:-1])
    assert seen([thing_relationships(hub, offset=2, limit=5, **filters)]) == expected[2:7]


def test_thing_relationships__cursor_is_stable_under_inserts(hub: Thing) -> None:
    group = hub.group
    assert group is not None
    expected = naive(hub)

    pages = [thing_relationships(hub, limit=4)]
    while pages[-1].next_cursor:
        make_connection(group, hub, make_thing(group), type="a_first_type")
        pages.append(thing_relationships(hub, limit=4, cursor=pages[-1].next_cursor))

    found = seen(pages)
    assert [row for row in found if row in expected] == expected
    assert len(found) == len(set(found))


def test_thing_relationships__of_another_group_are_not_there(hub: Thing) -> None:
    stranger = make_thing(make_group())

    page = thing_relationships(stranger)

    assert (page.items, page.total, page.has_more, page.next_cursor) == ([], 0, False, None)


def test_thing_relationships__three_queries_whatever_there_is(hub: Thing) -> None:
    for filters in ({"limit": 2}, {"limit": 30}, {"offset": 10, "limit": 20}):
        with CaptureQueriesContext(connection) as captured:
            for item in thing_relationships(hub, **filters).items:
                assert item.thing.name
                assert item.connection.from_thing.name
        assert len(captured) == 3


def test_thing_relationships__total_says_when_it_is_a_floor(hub: Thing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relationships, "COUNTED_EXACTLY_MAX", 5)

    page = thing_relationships(hub)

    assert (page.total, page.total_is_floor) == (5, True)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"offset": -1}, "offset"),
        ({"offset": 10_001}, "offset"),
        ({"direction": "up"}, "direction"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "é"}, "cursor"),
        ({"cursor": "WzFd"}, "cursor"),
        ({"cursor": "WyJib3RoIiwgIngiLCAieCJd"}, "cursor"),
        ({"cursor": "WyJpbmJvdW5kIiwgIngiLCAieCJd"}, "cursor"),
    ],
)
def test_thing_relationships__bad_arguments_are_named(hub: Thing, given: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldRefused) as refusal:
        thing_relationships(hub, **given)
    assert refusal.value.field == field


def test_thing_relationships__cursor_of_another_kind(hub: Thing) -> None:
    page = thing_relationships(hub, direction="outbound", limit=2)

    for wrong in ({"direction": "inbound", "cursor": page.next_cursor}, {"offset": 2, "cursor": page.next_cursor}):
        with pytest.raises(FieldRefused):
            thing_relationships(hub, **wrong)


def test_thing_relationships__of_real_data() -> None:
    group = Group.objects.create(slug="real", name="Real")
    files = sorted(DEMO.glob("*.ndjson.gz"), key=lambda path: path.stat().st_size)
    assert files
    load(files[0], "--group", group.slug)
    busiest = max(Thing.objects.in_group(group), key=lambda thing: thing.outbound.count() + thing.inbound.count())

    pages = walked(busiest, limit=100, as_of=datetime.now(UTC))

    assert len(naive(busiest)) > 20
    assert seen(pages) == naive(busiest, as_of=datetime.now(UTC))
