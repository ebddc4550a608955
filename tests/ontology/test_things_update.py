"""things_update: what a change does to a row, the event that tells it, and what it refuses."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ontology.choices import Door
from ontology.errors import TooManyItems
from ontology.models import Event, Group, Thing
from ontology.services.actor import Actor
from ontology.services.thing_changes import things_update
from ontology.services.things import things_insert
from tests.answers import counted, rows, told
from tests.factories import make_group, make_membership, make_person, make_thing

pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> Group:
    return make_group()


@pytest.fixture
def thing(group: Group) -> Thing:
    return make_thing(group, type="note", name="Old", properties={"a": 1, "b": {"c": 2, "d": 3}}, external_id="one")


def test_things_update__changes_and_tells(group: Group, thing: Thing) -> None:
    result = things_update(group, [{"id": str(thing.pk), "name": "New", "properties": {"z": 1}, "status": "archived"}])

    thing.refresh_from_db()
    assert (thing.name, thing.properties, thing.status, thing.version) == ("New", {"z": 1}, "archived", 2)
    assert thing.updated_at > thing.created_at
    assert result.updated == [str(thing.pk)]
    changed, summary = Event.objects.in_group(group).order_by("id")
    assert (changed.type, changed.target_id) == ("thing_updated", thing.pk)
    assert changed.metadata == {
        "entityType": "note",
        "changes": ["properties", "name", "status"],
        "old": {"name": "Old", "properties": {"a": 1, "b": {"c": 2, "d": 3}}, "status": "active"},
        "new": {"name": "New", "properties": {"z": 1}, "status": "archived"},
        "by": {"door": "code"},
    }
    assert (summary.type, summary.metadata) == ("things_bulk_updated", {"count": 1, "by": {"door": "code"}})


def test_things_update__says_who(group: Group, thing: Thing) -> None:
    creator, person = make_thing(group, type="creator"), make_person()
    make_membership(group, person, creator=creator)

    things_update(group, [{"external_id": "one", "name": "New"}], actor=Actor(person, Door.API, "request-7"))

    for event in Event.objects.in_group(group):
        assert (event.actor_id, event.person_id, event.metadata["by"]) == (creator.pk, person.pk, {"door": "api", "requestId": "request-7"})


@pytest.mark.parametrize(
    ("patch", "after"),
    [
        ({"b": {"c": None}}, {"a": 1, "b": {"d": 3}}),
        ({"a": None}, {"b": {"c": 2, "d": 3}}),
        ({"a": {"new": None, "kept": 1}}, {"a": {"kept": 1}, "b": {"c": 2, "d": 3}}),
        ({"b": [None]}, {"a": 1, "b": [None]}),
        ({"e": False}, {"a": 1, "b": {"c": 2, "d": 3}, "e": False}),
    ],
)
def test_things_update__merge_patch(group: Group, thing: Thing, patch: dict[str, Any], after: dict[str, Any]) -> None:
    result = things_update(group, [{"external_id": "one", "properties": patch, "merge": True}])

    thing.refresh_from_db()
    assert thing.properties == after
    assert counted(result) == (0, 1, 0, 0)


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"name": "Old"},
        {"properties": {"b": {"d": 3, "c": 2}, "a": 1}},
        {"properties": {"b": {}}, "merge": True},
        {"properties": {"none": None}, "merge": True},
        {"name": "Old", "status": "active", "if_version": 1},
        {"name": None, "properties": None, "status": None},
    ],
)
def test_things_update__unchanged_writes_nothing(group: Group, thing: Thing, item: dict[str, Any]) -> None:
    before = rows()

    result = things_update(group, [{"external_id": "one", **item}])

    assert counted(result) == (0, 0, 1, 0)
    assert rows() == before


def test_things_update__true_is_not_one(group: Group, thing: Thing) -> None:
    result = things_update(group, [{"external_id": "one", "properties": {"a": True}, "merge": True}])

    thing.refresh_from_db()
    assert counted(result) == (0, 1, 0, 0)
    assert thing.properties["a"] is True


def test_things_update__other_fields_leave_large_numbers_alone(group: Group, thing: Thing) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ontology_thing SET properties = '{\"wide\": 12345678901234567890123.45}' WHERE id = %s", [thing.pk])

    things_update(group, [{"external_id": "one", "name": "New"}])

    with connection.cursor() as cursor:
        cursor.execute("SELECT properties->>'wide' FROM ontology_thing WHERE id = %s", [thing.pk])
        assert cursor.fetchone() == ("12345678901234567890123.45",)


@pytest.mark.parametrize(
    ("item", "field", "code"),
    [
        ({}, "id", "missing"),
        ({"id": None, "external_id": None}, "id", "missing"),
        ({"id": str(uuid.UUID(int=5)), "external_id": "one"}, "id", "missing"),
        ({"id": "one"}, "id", "not_an_id"),
        ({"id": 5}, "id", "not_an_id"),
        ({"id": str(uuid.UUID(int=5))}, "id", "not_found"),
        ({"external_id": "two"}, "external_id", "not_found"),
        ({"external_id": ""}, "external_id", "blank"),
        ({"external_id": ["one"]}, "external_id", "not_text"),
        ({"external_id": "one\0"}, "external_id", "nul"),
        ({"external_id": "one", "name": " "}, "name", "blank"),
        ({"external_id": "one", "name": "a\0"}, "name", "nul"),
        ({"external_id": "one", "properties": []}, "properties", "not_object"),
        ({"external_id": "one", "properties": {"a": float("nan")}, "merge": True}, "properties.a", "not_finite"),
        ({"external_id": "one", "status": "lost"}, "status", "unknown_status"),
        ({"external_id": "one", "status": ["draft"]}, "status", "unknown_status"),
        ({"external_id": "one", "merge": "yes"}, "merge", "not_boolean"),
        ({"external_id": "one", "merge": None}, "merge", "not_boolean"),
        ({"external_id": "one", "if_version": "1"}, "if_version", "not_a_number"),
        ({"external_id": "one", "if_version": True}, "if_version", "not_a_number"),
        ({"external_id": "one", "name": "New", "if_version": 2}, "if_version", "changed_meanwhile"),
        ({"external_id": "one", "type": "task"}, "type", "unknown_field"),
    ],
)
def test_things_update__refused(group: Group, thing: Thing, item: dict[str, Any], field: str, code: str) -> None:
    before = rows()

    result = things_update(group, [item])

    assert told(result) == [(0, field, code)]
    assert rows() == before


def test_things_update__names_every_problem(group: Group, thing: Thing) -> None:
    result = things_update(group, [{"external_id": "one", "name": "", "status": "lost", "properties": 5, "merge": 1, "if_version": 1.5, "x": 1}])

    assert [(field, code) for _, field, code in told(result)] == [
        ("x", "unknown_field"),
        ("name", "blank"),
        ("properties", "not_object"),
        ("status", "unknown_status"),
        ("merge", "not_boolean"),
        ("if_version", "not_a_number"),
    ]


def test_things_update__schema_of_what_would_stand(group: Group) -> None:
    make_thing(group, type="product", external_id="p", properties={"price": 5, "currency": "EUR"})

    merged = things_update(group, [{"external_id": "p", "properties": {"price": None}, "merge": True}])
    replaced = things_update(group, [{"external_id": "p", "properties": {"price": "6", "currency": "EUR"}}])
    trusted = things_update(group, [{"external_id": "p", "properties": {"price": "6"}}], validate=False)

    assert told(merged) == [(0, "properties", "schema")]
    assert told(replaced) == [(0, "properties.price", "schema")]
    assert counted(trusted) == (0, 1, 0, 0)


def test_things_update__other_groups_thing(group: Group) -> None:
    theirs = make_thing(make_group(), external_id="theirs")
    before = rows()

    result = things_update(group, [{"id": theirs.pk, "name": "Mine"}, {"external_id": "theirs", "name": "Mine"}])

    assert told(result) == [(0, "id", "not_found"), (1, "external_id", "not_found")]
    assert rows() == before


def test_things_update__deleted_thing(group: Group, thing: Thing) -> None:
    Thing.objects.filter(pk=thing.pk).update(deleted_at="2024-01-01T00:00:00Z")

    result = things_update(group, [{"external_id": "one", "name": "New"}])

    assert told(result) == [(0, "external_id", "deleted")]


def test_things_update__twice_in_a_call(group: Group, thing: Thing) -> None:
    result = things_update(group, [{"external_id": "one", "name": "First"}, {"id": thing.pk, "name": "Second"}])

    thing.refresh_from_db()
    assert told(result) == [(1, "id", "duplicate_in_call")]
    assert thing.name == "First"


def test_things_update__lost_update_is_refused(group: Group, thing: Thing) -> None:
    first = things_update(group, [{"external_id": "one", "name": "First", "if_version": 1}])
    second = things_update(group, [{"external_id": "one", "name": "Second", "if_version": 1}])

    thing.refresh_from_db()
    assert (counted(first), told(second)) == ((0, 1, 0, 0), [(0, "if_version", "changed_meanwhile")])
    assert thing.name == "First"


def test_things_update__atomic_writes_nothing(group: Group, thing: Thing) -> None:
    before = rows()

    result = things_update(group, [{"external_id": "one", "name": "New"}, {"external_id": "two"}], mode="atomic")

    assert counted(result) == (0, 0, 0, 1)
    assert rows() == before


def test_things_update__dry_run(group: Group, thing: Thing) -> None:
    items = [{"external_id": "one", "name": "New"}, {"external_id": "two"}]
    before = rows()

    dry = things_update(group, items, dry_run=True)

    assert rows() == before
    assert dry == things_update(group, items)


def test_things_update__too_many_items(group: Group) -> None:
    with pytest.raises(TooManyItems):
        things_update(group, [{"external_id": "one"}] * 10_001)


def test_things_update__queries_do_not_grow(group: Group) -> None:
    things_insert(group, [{"type": "note", "name": "Old", "external_id": f"note-{n}"} for n in range(1_000)])
    counts = []
    for count in (10, 1_000):
        with CaptureQueriesContext(connection) as queries:
            result = things_update(group, [{"external_id": f"note-{n}", "name": f"New of {count}"} for n in range(count)])
        counts.append(len(queries))
        assert len(result.updated) == count

    assert counts[0] == counts[1] <= 20
    assert Event.objects.in_group(group).filter(type="thing_updated").count() == 1_010
