"""Pages: stable under inserts, few queries whatever their size, only the columns asked for."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ontology.models import Group, Person
from tests.factories import make_connection, make_event, make_group, make_knowledge, make_thing
from tests.ontology.api.client import Api, at, codes


def walk(api: Api, path: str, between: Any = lambda: None) -> list[str]:
    """The ids of all pages; BETWEEN is called after each."""
    found: list[str] = []
    cursor = None
    while True:
        page = api.get(f"{path}&cursor={cursor}" if cursor else path).json()
        found += [item["id"] for item in page["items"]]
        cursor = page["next"]
        assert page["hasMore"] is (cursor is not None)
        if cursor is None:
            return found
        between()


@pytest.mark.parametrize("order", ["-id", "id"])
def test_pages__hold_each_row_once_whatever_is_inserted_between(api: Api, group: Group, order: str) -> None:
    things = sorted(str(make_thing(group).pk) for _ in range(7))

    found = walk(api, at(group, f"things/?limit=2&order={order}"), lambda: make_thing(group) if order == "-id" else None)

    assert found == (things[::-1] if order == "-id" else things)


def test_cursor__of_another_list_order_or_hand_is_refused(api: Api, group: Group) -> None:
    for _ in range(3):
        make_thing(group)
        make_connection(group)
    cursor = api.get(at(group, "things/?limit=1")).json()["next"]

    for path in (f"connections/?cursor={cursor}", f"things/?order=id&cursor={cursor}", f"things/?cursor={cursor[:-2]}AA", "things/?cursor=é"):
        response = api.get(at(group, path))
        assert (response.status_code, response.json()["code"]) == (400, "cursor_refused")


def test_cursor__of_another_group_shows_nothing_of_it(api: Api, group: Group, owner: Person) -> None:
    other = make_group(parent=group)
    foreign = [make_thing(other) for _ in range(3)]
    mine = make_thing(group)
    cursor = api.get(at(other, "things/?limit=1")).json()["next"]

    found = api.get(at(group, f"things/?order=-id&cursor={cursor}")).json()["items"]

    assert not {item["id"] for item in found} & {str(thing.pk) for thing in foreign}
    assert mine.pk is not None


def test_fields_and_omit__choose_columns_in_the_query(api: Api, group: Group) -> None:
    make_thing(group, properties={"a": 1})

    with CaptureQueriesContext(
        connection,
    ) as queries:
        few = api.get(at(group, "things/?fields=name,id")).json()["items"][0]
    rest = api.get(at(group, "things/?omit=properties,name")).json()["items"][0]

    assert list(few) == ["id", "name"]
    assert not any('"properties"' in query["sql"] for query in queries)
    assert {"properties", "name"} & rest.keys() == set()
    assert "status" in rest


def test_count__is_given_when_asked_for(api: Api, group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        make_thing(group)
    exact = api.get(at(group, "things/?count=true&limit=1")).json()
    monkeypatch.setattr("ontology.api.pages.COUNT_MAX", 3)
    floor = api.get(at(group, "things/?count=true&limit=1")).json()

    assert (exact["count"], exact["countIsFloor"]) == (4, False)
    assert (floor["count"], floor["countIsFloor"]) == (3, True)
    assert "count" not in api.get(at(group, "things/")).json()


def test_filters__of_things(api: Api, group: Group) -> None:
    lamp = make_thing(group, type="note", name="Brass LAMP 50%", status="draft", external_id="sku-1")
    make_thing(group)
    gone = make_thing(group, deleted_at=lamp.created_at)

    queries = (
        "type=note",
        "type=note,creator",
        "status=draft",
        "externalId=sku-1",
        "search=lamp",
        "search=50%25",
        "type=note&createdBefore=2999-01-01T00:00:00Z",
    )
    for query in queries:
        assert [item["id"] for item in api.get(at(group, f"things/?{query}")).json()["items"]] == [str(lamp.pk)], query
    assert [item["id"] for item in api.get(at(group, "things/?deleted=true")).json()["items"]] == [str(gone.pk)]
    assert len(api.get(at(group, "things/?deleted=any")).json()["items"]) == 3
    assert api.get(at(group, "things/?createdAfter=2999-01-01T00:00:00Z")).json()["items"] == []
    assert len(api.get(at(group, "things/?updatedAfter=2020-01-01T00:00:00%2B02:00")).json()["items"]) == 2


@pytest.mark.parametrize(
    ("path", "field"),
    [("things/", "createdAfter"), ("things/", "deleted"), ("connections/", "from"), ("events/", "thing"), ("knowledge/", "source")],
)
def test_filters__given_empty_are_refused_where_they_are_no_text(api: Api, group: Group, path: str, field: str) -> None:
    response = api.get(at(group, f"{path}?{field}="))

    assert (response.status_code, codes(response)) == (400, [(field, "parameter_refused")])
    assert api.get(at(group, f"{path}?type=")).status_code == 200


def test_numbers__come_out_as_they_are_stored(api: Api, group: Group) -> None:
    thing = make_thing(group)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ontology_thing SET properties = '{\"n\": 12345678901234567890.123456789}' WHERE id = %s", [thing.pk])

    assert b"12345678901234567890.123456789" in api.get(at(group, f"things/{thing.pk}/")).content


def test_numbers__beyond_64_bits_are_read_and_changed_wherever_they_stand(api: Api, group: Group) -> None:
    """A float like 1e30 comes back from the database as a whole number, for which JSON's writer has no room."""
    large = {"n": 1e30, "most": 2**64 - 1, "least": -(2**63)}
    thing = api.post(at(group, "things/"), {"type": "note", "name": "Large", "properties": large}).json()["id"]
    other = api.post(at(group, "things/"), {"type": "note", "name": "Other"}).json()["id"]
    link = {"type": "part_of", "from": other, "to": thing, "metadata": large}
    connection_id = api.post(at(group, "connections/"), link).json()["id"]

    for path, field in ((f"things/{thing}/", "properties"), (f"connections/{connection_id}/", "metadata")):
        same = api.patch(at(group, path), {field: large})
        merged = api.patch(at(group, f"{path}?merge=true"), {field: {"more": 1}})

        assert (same.status_code, merged.status_code) == (200, 200), merged.content
        assert merged.json()[field] == large | {"n": 10**30, "more": 1}
    for read in ("relationships", "activity", "audit"):
        assert api.get(at(group, f"things/{thing}/{read}/")).status_code == 200, read


@pytest.mark.parametrize("path", ["things/", "connections/", "events/", "knowledge/", "members/", "children/"])
def test_lists__take_as_many_queries_for_one_row_as_for_many(api: Api, group: Group, path: str) -> None:
    makers: dict[str, Any] = {
        "things/": lambda: make_thing(group),
        "connections/": lambda: make_connection(group),
        "events/": lambda: make_event(group),
        "knowledge/": lambda: make_knowledge(group),
        "children/": lambda: make_group(parent=group),
    }
    make = makers.get(path, lambda: None)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert api.get(at(group, f"{path}?limit=100")).status_code == 200
        return len(queries)

    make()
    api.get(at(group, path))
    few = count()
    for _ in range(20):
        make()

    assert count() == few
    assert few <= 14
