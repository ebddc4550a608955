"""things_insert: each rule of an item, what a call writes, and what it leaves alone."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ontology.errors import TooManyItems
from ontology.models import Event, Group, Thing, ThingType
from ontology.services.things import things_insert
from tests.answers import counted, rows, told
from tests.factories import make_group, make_thing

pytestmark = pytest.mark.django_db
NOTE = {"type": "note", "name": "A note"}


@pytest.fixture
def group() -> Group:
    return make_group()


def notes(count: int) -> list[dict[str, Any]]:
    return [{"type": "note", "name": f"Note {n}", "external_id": f"note-{n}", "properties": {"number": n}} for n in range(count)]


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"type": None}, "type", "missing"),
        ({"type": "no_such_type"}, "type", "unknown_type"),
        ({"type": 5}, "type", "unknown_type"),
        ({"type": ["note"]}, "type", "unknown_type"),
        ({"name": None}, "name", "missing"),
        ({"name": ""}, "name", "blank"),
        ({"name": " \t\n"}, "name", "blank"),
        ({"name": "\u2003\u00a0"}, "name", "blank"),
        ({"name": 7}, "name", "not_text"),
        ({"name": "a\0b"}, "name", "nul"),
        ({"name": "a\ud800b"}, "name", "not_unicode"),
        ({"name": "n" * 2_001}, "name", "too_long"),
        ({"properties": None}, "properties", "not_object"),
        ({"properties": [1]}, "properties", "not_object"),
        ({"properties": "{}"}, "properties", "not_object"),
        ({"properties": {"a": {"b": ["c", "d\0"]}}}, "properties.a.b[1]", "nul"),
        ({"properties": {"a\0": 1}}, "properties", "nul"),
        ({"properties": {"a": float("nan")}}, "properties.a", "not_finite"),
        ({"properties": {"a": [float("inf")]}}, "properties.a[0]", "not_finite"),
        ({"properties": {"a": 1 << 64}}, "properties", "number_too_large"),
        ({"properties": {"a": "\ud800"}}, "properties", "not_json"),
        ({"properties": {"a": "x" * 1_000_000}}, "properties", "too_large"),
        ({"properties": {"a": "ü" * 500_000}}, "properties", "too_large"),
        ({"properties": {"a": object()}}, "properties", "not_json"),
        ({"status": "lost"}, "status", "unknown_status"),
        ({"status": None}, "status", "unknown_status"),
        ({"status": ["draft"]}, "status", "unknown_status"),
        ({"status": {}}, "status", "unknown_status"),
        ({"external_id": ""}, "external_id", "blank"),
        ({"external_id": 5}, "external_id", "not_text"),
        ({"external_id": ["a"]}, "external_id", "not_text"),
        ({"external_id": "a\0"}, "external_id", "nul"),
        ({"external_id": "x" * 501}, "external_id", "too_long"),
        ({"created_at": "yesterday"}, "created_at", "not_a_moment"),
        ({"created_at": "2024-05-01T10:00:00"}, "created_at", "no_offset"),
        ({"created_at": 1_700_000_000_000}, "created_at", "milliseconds"),
        ({"created_at": True}, "created_at", "not_a_moment"),
        ({"created_at": "0001-01-01T00:00:00+14:00"}, "created_at", "not_a_moment"),
        ({"nmae": "slip"}, "nmae", "unknown_field"),
        ({"type": "product", "properties": {"price": "9", "currency": "EUR"}}, "properties.price", "schema"),
        ({"type": "product", "properties": {"price": 9}}, "properties", "schema"),
    ],
)
def test_things_insert__rule_of_an_item(group: Group, wrong: dict[str, Any], field: str, code: str) -> None:
    before = Thing.objects.count()

    result = things_insert(group, [NOTE, {**NOTE, **wrong}])

    assert told(result) == [(1, field, code)]
    assert counted(result) == (1, 0, 0, 1)
    assert Thing.objects.count() == before + 1
    assert result.errors[0].error.endswith(".")


@pytest.mark.parametrize("item", [None, 5, "note", ["note"]])
def test_things_insert__item_that_is_no_object(group: Group, item: Any) -> None:
    result = things_insert(group, [item])

    assert told(result) == [(0, "", "not_object")]


def test_things_insert__deep_properties(group: Group) -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}

    result = things_insert(group, [{**NOTE, "properties": deep}])

    assert told(result) == [(0, "properties", "too_deep")]


def test_things_insert__inactive_type(group: Group) -> None:
    ThingType.objects.filter(name="note").update(active=False)

    result = things_insert(group, [NOTE])

    assert told(result) == [(0, "type", "inactive_type")]


def test_things_insert__names_every_problem_of_an_item(group: Group) -> None:
    make_thing(group, external_id="taken")
    item = {"type": "product", "name": " ", "properties": {"price": "9"}, "status": "lost", "external_id": "taken", "created_at": "then", "x": 1}

    result = things_insert(group, [item])

    assert sorted(told(result)) == [
        (0, "created_at", "not_a_moment"),
        (0, "external_id", "external_id_taken"),
        (0, "name", "blank"),
        (0, "properties", "schema"),
        (0, "properties.price", "schema"),
        (0, "status", "unknown_status"),
        (0, "x", "unknown_field"),
    ]
    assert result.failed == 1


def test_things_insert__bad_item_that_is_a_duplicate_too(group: Group) -> None:
    result = things_insert(group, [{**NOTE, "external_id": "a"}, {"type": "note", "name": "", "external_id": "a"}])

    assert told(result) == [(1, "name", "blank"), (1, "external_id", "duplicate_in_call")]


def test_things_insert__problems_of_one_item_are_bounded(group: Group) -> None:
    result = things_insert(group, [{**NOTE, **{f"key{n}": n for n in range(100_000)}}])

    assert len(result.errors) == 20
    assert "99,981" in result.errors[-1].error


def test_things_insert__writes_the_row_as_given(group: Group) -> None:
    name = 'Ünïcode "quoted", \\.\n\\.\n\x01\x01 and\r\ntab\t'
    properties = {"s": '"\\\n\x01,', "i": -(1 << 63), "u": (1 << 64) - 1, "f": 0.1, "n": None, "l": [{"a": True}], "": "empty key"}
    item = {
        "type": "note",
        "name": name,
        "properties": properties,
        "status": "published",
        "external_id": "\\N",
        "created_at": "2024-02-29T12:00:00+02:00",
    }

    result = things_insert(group, [item])

    thing = Thing.objects.get(pk=result.created[0])
    assert (thing.group_id, thing.type, thing.name, thing.status, thing.external_id) == (group.pk, "note", name, "published", "\\N")
    assert thing.properties == properties
    assert thing.created_at.isoformat() == "2024-02-29T10:00:00+00:00"
    assert (thing.schema_version, thing.version, thing.deleted_at) == (1, 1, None)


def test_things_insert__defaults(group: Group) -> None:
    result = things_insert(group, [NOTE], default_status="active")

    assert Thing.objects.filter(pk=result.created[0]).values_list("status", "properties", "external_id").get() == ("active", {}, None)


def test_things_insert__ids_in_the_order_of_items(group: Group) -> None:
    result = things_insert(group, notes(50))

    assert result.created == sorted(result.created)
    assert list(Thing.objects.in_group(group).order_by("id").values_list("name", flat=True)) == [f"Note {n}" for n in range(50)]


def test_things_insert__one_event_a_call(group: Group) -> None:
    things_insert(group, notes(3))

    (event,) = Event.objects.in_group(group)
    assert event.type == "things_bulk_created"
    assert event.metadata == {"count": 3, "by": {"door": "code"}}


def test_things_insert__no_event_for_nothing(group: Group) -> None:
    result = things_insert(group, [{"type": "note"}])

    assert result.summary.success_rate == 0
    assert not Event.objects.in_group(group).exists()


def test_things_insert__no_items(group: Group) -> None:
    result = things_insert(group, [])

    assert counted(result) == (0, 0, 0, 0)
    assert result.summary.success_rate == 100


def test_things_insert__atomic_writes_nothing(group: Group) -> None:
    before = rows()

    result = things_insert(group, [*notes(3), {"type": "note", "name": ""}], mode="atomic")

    assert told(result) == [(3, "name", "blank")]
    assert counted(result) == (0, 0, 0, 1)
    assert rows() == before


def test_things_insert__atomic_with_a_taken_external_id_writes_nothing(group: Group) -> None:
    make_thing(group, external_id="note-1")
    before = rows()

    result = things_insert(group, notes(3), mode="atomic")

    assert told(result) == [(1, "external_id", "external_id_taken")]
    assert rows() == before


@pytest.mark.parametrize("on_conflict", ["error", "skip", "update"])
def test_things_insert__dry_run_answers_fully_and_writes_nothing(group: Group, on_conflict: str) -> None:
    things_insert(group, notes(2))
    items = [*notes(4), {"type": "note", "name": ""}]
    items[0]["name"] = "Changed"
    before = rows()

    dry = things_insert(group, items, on_conflict=on_conflict, dry_run=True)

    assert rows() == before
    wet = things_insert(group, items, on_conflict=on_conflict)
    assert counted(dry) == counted(wet)
    assert told(dry) == told(wet)


def test_things_insert__conflict_is_an_error(group: Group) -> None:
    things_insert(group, notes(2))

    result = things_insert(group, notes(3))

    assert told(result) == [(0, "external_id", "external_id_taken"), (1, "external_id", "external_id_taken")]
    assert counted(result) == (1, 0, 0, 2)
    assert result.summary.success_rate == 33.33


def test_things_insert__conflict_is_skipped(group: Group) -> None:
    things_insert(group, notes(2))
    before = list(Thing.objects.in_group(group).order_by("id").values())

    result = things_insert(group, [{**item, "name": "New"} for item in notes(3)], on_conflict="skip")

    assert counted(result) == (1, 0, 2, 0)
    assert list(Thing.objects.in_group(group).order_by("id").values())[:2] == before


@pytest.mark.parametrize("count", [1, 2])
def test_things_insert__duplicates_in_the_call_are_skipped_as_those_in_the_table(group: Group, count: int) -> None:
    result = things_insert(group, notes(2) * count, on_conflict="skip")

    assert counted(result) == (2, 0, 2 * (count - 1), 0)


def test_things_insert__conflict_is_an_update(group: Group) -> None:
    things_insert(group, notes(3))
    items = notes(4)
    items[0]["name"] = "Changed"
    items[1] = {"type": "note", "name": "Note 1", "external_id": "note-1"}
    items[2]["status"] = "archived"

    result = things_insert(group, items, on_conflict="update", default_status="active")

    assert counted(result) == (1, 2, 1, 0)
    kept = dict(Thing.objects.in_group(group).values_list("external_id", "version"))
    assert kept == {"note-0": 2, "note-1": 1, "note-2": 2, "note-3": 1}
    changed = Event.objects.in_group(group).filter(type="thing_updated").order_by("id")
    assert [event.metadata["changes"] for event in changed] == [["name"], ["status"]]
    assert changed[0].metadata["old"] == {"name": "Note 0"}
    assert changed[0].metadata["new"] == {"name": "Changed"}


def test_things_insert__update_keeps_the_type(group: Group) -> None:
    things_insert(group, notes(1))

    result = things_insert(group, [{"type": "task", "name": "Note 0", "external_id": "note-0"}], on_conflict="update")

    assert told(result) == [(0, "type", "type_differs")]
    assert counted(result) == (0, 0, 0, 1)


def test_things_insert__external_id_of_a_deleted_thing(group: Group) -> None:
    things_insert(group, notes(1))
    Thing.objects.in_group(group).update(deleted_at="2024-01-01T00:00:00Z")

    refused = things_insert(group, notes(1))
    not_changed = things_insert(group, [{**notes(1)[0], "name": "New"}], on_conflict="update")

    assert told(refused) == [(0, "external_id", "external_id_deleted")]
    assert told(not_changed) == [(0, "external_id", "external_id_deleted")]


def test_things_insert__external_id_of_another_group_is_free(group: Group) -> None:
    make_thing(make_group(), external_id="note-0")

    result = things_insert(group, notes(1))

    assert counted(result) == (1, 0, 0, 0)


def test_things_insert__without_schemas(group: Group) -> None:
    result = things_insert(group, [{"type": "product", "name": "P", "properties": {"price": "9"}}, {"type": "product", "name": " "}], validate=False)

    assert told(result) == [(1, "name", "blank")]
    assert counted(result) == (1, 0, 0, 1)


def test_things_insert__too_many_items(group: Group) -> None:
    before = rows()

    with pytest.raises(TooManyItems, match="10,001 items in one call; at most 10,000"):
        things_insert(group, notes(10_001))

    assert rows() == before


def test_things_insert__ten_thousand_items(group: Group) -> None:
    result = things_insert(group, notes(10_000))

    assert counted(result) == (10_000, 0, 0, 0)
    assert Thing.objects.in_group(group).count() == 10_000


@pytest.mark.parametrize("on_conflict", ["error", "skip", "update"])
def test_things_insert__queries_do_not_grow(group: Group, on_conflict: str) -> None:
    counts = []
    for count in (10, 1_000):
        things_insert(group, notes(count // 2), on_conflict="skip")
        items = [{**item, "name": f"{item['name']} of {count}"} for item in notes(count)]
        with CaptureQueriesContext(connection) as queries:
            things_insert(group, [*items, {"type": "note", "external_id": "note-1"}], on_conflict=on_conflict)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 25
