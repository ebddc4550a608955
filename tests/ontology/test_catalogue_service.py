"""The catalogue in use: loading, the compiled form, edits."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from ontology.choices import Door
from ontology.errors import TypeEditBreaksRows, TypeInvalid
from ontology.ids import uuid7
from ontology.models import CatalogueVersion, Connection, ConnectionType, Event, EventType, Group, Person, Thing, ThingType
from ontology.services.actor import PLATFORM, Actor
from ontology.services.catalogue import Added, catalogue_current, catalogue_load, connection_type_save, event_type_save, thing_type_save
from ontology.services.record import partitions_ensure

pytestmark = pytest.mark.django_db

TITLED = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}


@pytest.fixture
def group() -> Group:
    return Group.objects.create(slug="acme", name="Acme")


def thing_made(group: Group, type_name: str = "note", **properties: Any) -> Thing:
    return Thing.objects.create(group=group, type=type_name, name="Thing", properties=properties)


def link_made(start: Thing, end: Thing, type_name: str = "references", **metadata: Any) -> Connection:
    return Connection.objects.create(group=start.group, from_thing=start, to_thing=end, type=type_name, metadata=metadata)


def event_made(group: Group, type_name: str, age: timedelta = timedelta(), **metadata: Any) -> Event:
    moment = timezone.now() - age
    partitions_ensure([moment])
    return Event.objects.create(id=uuid7(), group=group, type=type_name, timestamp=moment, metadata=metadata)


def ids(*rows: Thing | Connection | Event) -> list[str]:
    return sorted(str(row.pk) for row in rows)


def version() -> int:
    return CatalogueVersion.objects.get().number


# --- Loading ------------------------------------------------------------------------------------


def test_migration__made_the_types_and_the_platform_group() -> None:
    platform = Group.objects.platform()

    assert (ThingType.objects.count(), ConnectionType.objects.count(), EventType.objects.count()) == (75, 40, 121)
    assert (platform.slug, platform.type, platform.visibility) == ("platform", "organization", "private")
    assert version() > 1


def test_catalogue_load__adds_only_what_is_missing_and_keeps_edits(django_assert_num_queries: Any) -> None:
    thing_type_save("note", {"description": "Ours."}, actor=PLATFORM)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE ontology_connectiontype")
    before = version()

    added = catalogue_load()

    assert added == Added(things=0, connections=40, events=0)
    assert ThingType.objects.get(name="note").description == "Ours."
    assert version() == before + 1


def test_catalogue_load__nothing_missing_changes_nothing(django_assert_num_queries: Any) -> None:
    before = version()

    with django_assert_num_queries(6):  # a savepoint and its release, the lock, the names of three tables
        added = catalogue_load()

    assert added == Added(0, 0, 0)
    assert version() == before


# --- The compiled form --------------------------------------------------------------------------


def test_catalogue_current__holds_every_type() -> None:
    catalogue = catalogue_current()

    assert (len(catalogue.things), len(catalogue.connections), len(catalogue.events)) == (75, 40, 121)
    assert catalogue.connections["part_of"].acyclic
    assert catalogue.connections["part_of"].from_types == frozenset()
    assert catalogue.connections["clone_of"].to_types == {"creator"}
    assert catalogue.version == version()


def test_catalogue_current__compiled_once_a_version(django_assert_num_queries: Any) -> None:
    first = catalogue_current()

    with django_assert_num_queries(2):
        second = catalogue_current()
    thing_type_save("note", {"active": False}, actor=PLATFORM)
    with django_assert_num_queries(5):
        third = catalogue_current()

    assert second is first
    assert not third.things["note"].active
    assert third.version == first.version + 1


def test_catalogue_current__forgets_what_was_rolled_back() -> None:
    catalogue_current()
    point = transaction.savepoint()
    thing_type_save("note", {"active": False}, actor=PLATFORM)
    assert not catalogue_current().things["note"].active
    rolled_back = version()
    transaction.savepoint_rollback(point)
    assert catalogue_current().things["note"].active

    thing_type_save("task", {"active": False}, actor=PLATFORM)

    assert version() == rolled_back
    assert catalogue_current().things["note"].active
    assert not catalogue_current().things["task"].active


def test_catalogue_current__sees_an_edit_by_plain_sql() -> None:
    catalogue_current()

    with connection.cursor() as cursor:
        cursor.execute("UPDATE ontology_thingtype SET active = false WHERE name = 'note'")

    assert not catalogue_current().things["note"].active


def test_catalogue_current__a_broken_schema_stops_its_own_type_only(caplog: pytest.LogCaptureFixture) -> None:
    with connection.cursor() as cursor:
        cursor.execute("""UPDATE ontology_thingtype SET schema = '{"type": "nonsense"}' WHERE name = 'note'""")

    with caplog.at_level(logging.ERROR):
        catalogue = catalogue_current()

    note, lead = catalogue.things["note"].validator, catalogue.things["task"].validator
    assert note is not None
    assert lead is not None
    assert not note.is_valid({})
    assert lead.is_valid({})
    assert "The schema of the type note cannot be used" in caplog.text


# --- Edits --------------------------------------------------------------------------------------


def test_thing_type_save__makes_a_type_and_records_it() -> None:
    person = Person.objects.create_user("ada@example.org", "ada")
    actor = Actor(person, Door.ADMIN, "req-1")

    saved = thing_type_save("recipe", {"category": "kitchen", "schema": TITLED}, actor=actor)

    assert ThingType.objects.get(name="recipe") == saved
    assert catalogue_current().things["recipe"].active
    recorded = Event.objects.get(type="settings_updated")
    assert (recorded.group, recorded.person) == (Group.objects.platform(), person)
    assert recorded.metadata == {
        "catalogue": "thingtype",
        "type": "recipe",
        "changes": ["category", "schema"],
        "old": {},
        "new": {"category": "kitchen", "schema": TITLED},
        "confirmed": False,
        "by": {"door": "admin", "requestId": "req-1"},
    }


def test_thing_type_save__unchanged_writes_nothing() -> None:
    before = version()

    thing_type_save("note", {"active": True, "category": "feature_core"}, actor=PLATFORM)

    assert version() == before
    assert not Event.objects.exists()


def test_thing_type_save__refused_with_exactly_the_rows_it_would_break(group: Group) -> None:
    bare, number = thing_made(group), thing_made(group, title=1)
    thing_made(group, title="Good")
    thing_made(group, "task")
    Thing.objects.filter(pk=thing_made(group).pk).update(deleted_at=timezone.now())
    Thing.objects.create(type="note", name="Legacy", schema_version=0)
    before = version()

    with pytest.raises(TypeEditBreaksRows) as refused:
        thing_type_save("note", {"schema": TITLED}, actor=PLATFORM)

    assert (refused.value.type_name, refused.value.count, refused.value.row_ids) == ("note", 2, ids(bare, number))
    assert version() == before
    assert not Event.objects.exists()


def test_thing_type_save__confirmed_keeps_the_rows(group: Group) -> None:
    thing_made(group)

    thing_type_save("note", {"schema": TITLED}, actor=PLATFORM, confirm=True)

    assert ThingType.objects.get(name="note").schema == TITLED
    assert Thing.objects.filter(type="note").count() == 1
    assert Event.objects.get(type="settings_updated").metadata["confirmed"] is True


def test_thing_type_save__rows_broken_before_are_not_broken_by_it(group: Group) -> None:
    thing_made(group, content=1)

    thing_type_save("note", {"schema": {"properties": {"content": {"type": "string"}, "extra": {}}}}, actor=PLATFORM)

    assert "extra" in ThingType.objects.get(name="note").schema["properties"]


def test_thing_type_save__names_the_first_thousand(group: Group) -> None:
    made = Thing.objects.bulk_create([Thing(group=group, type="note", name="Thing") for _ in range(2_500)])

    with pytest.raises(TypeEditBreaksRows) as refused:
        thing_type_save("note", {"schema": TITLED}, actor=PLATFORM)

    assert refused.value.count == 2_500
    assert refused.value.row_ids == ids(*made)[:1_000]


def test_thing_type_save__switching_off_breaks_nothing(group: Group) -> None:
    thing_made(group)

    thing_type_save("note", {"active": False}, actor=PLATFORM)

    assert not ThingType.objects.get(name="note").active


def test_connection_type_save__narrower_ends_name_the_links(group: Group) -> None:
    note, task = thing_made(group), thing_made(group, "task")
    broken = link_made(note, task, "part_of")
    link_made(task, note, "part_of")

    with pytest.raises(TypeEditBreaksRows) as refused:
        connection_type_save("part_of", {"from_types": ["task"]}, actor=PLATFORM)

    assert refused.value.row_ids == ids(broken)


def test_connection_type_save__links_forbidden_before_are_not_broken_by_it(group: Group) -> None:
    link_made(thing_made(group), thing_made(group), "clone_of")

    connection_type_save("clone_of", {"to_types": ["creator", "user"]}, actor=PLATFORM)

    assert ConnectionType.objects.get(name="clone_of").to_types == ["creator", "user"]


def test_connection_type_save__new_metadata_rule_names_the_links(group: Group) -> None:
    one, two = thing_made(group), thing_made(group)
    broken = link_made(one, two)
    link_made(two, one, title="Good")

    with pytest.raises(TypeEditBreaksRows) as refused:
        connection_type_save("references", {"schema": TITLED}, actor=PLATFORM)

    assert refused.value.row_ids == ids(broken)


def test_connection_type_save__acyclic_names_the_links_on_cycles(group: Group) -> None:
    one, two, three, four = (thing_made(group) for _ in range(4))
    there, back, itself = link_made(one, two), link_made(two, one), link_made(four, four)
    link_made(two, three)
    link_made(three, four)
    gone = link_made(three, one)
    Connection.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())

    with pytest.raises(TypeEditBreaksRows) as refused:
        connection_type_save("references", {"acyclic": True}, actor=PLATFORM)

    assert (refused.value.count, refused.value.row_ids) == (3, ids(there, back, itself))


def test_connection_type_save__a_link_broken_twice_counts_once(group: Group) -> None:
    note = thing_made(group)
    itself = link_made(note, note)

    with pytest.raises(TypeEditBreaksRows) as refused:
        connection_type_save("references", {"acyclic": True, "schema": TITLED}, actor=PLATFORM)

    assert (refused.value.count, refused.value.row_ids) == (1, ids(itself))


def test_connection_type_save__acyclic_where_no_cycle_is(group: Group) -> None:
    link_made(thing_made(group), thing_made(group))

    connection_type_save("references", {"acyclic": True}, actor=PLATFORM)

    assert catalogue_current().connections["references"].acyclic


def test_event_type_save__names_the_events_of_all_months(group: Group) -> None:
    old, new = event_made(group, "content_event", timedelta(days=70)), event_made(group, "content_event")
    event_made(group, "content_event", title="Good")
    event_made(group, "task_event")

    with pytest.raises(TypeEditBreaksRows) as refused:
        event_type_save("content_event", {"schema": TITLED}, actor=PLATFORM)

    assert (refused.value.count, refused.value.row_ids) == (2, ids(old, new))


def test_event_type_save__revenue() -> None:
    saved = event_type_save("commerce_event", {"revenue_key": "total", "revenue_when": {"paid": True}}, actor=PLATFORM)

    assert (saved.revenue_key, saved.revenue_when) == ("total", {"paid": True})


# --- Refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"schema": {"properties": {"a": {"type": "strng"}}}}, "schema", "/properties/a/type: "),
        ({"schema": {"properties": {"a": {"$ref": "http://127.0.0.1:9/x"}}}}, "schema", "/properties/a/$ref: A schema may not refer to another"),
        ({"schema": {"$ref": "file:///etc/passwd"}}, "schema", "/$ref: A schema may not refer to another document: file:///etc/passwd"),
        ({"schema": []}, "schema", "This must be an object."),
        ({"schema": {"title": "\x00"}}, "schema", "It holds a character or number that cannot be stored."),
        ({"schema": {"maximum": float("inf")}}, "schema", "It holds a character or number that cannot be stored."),
        ({"schema": None}, "schema", "A value is needed"),
        ({"name": "other"}, "name", "There is no such field to change."),
        ({"colour": "red"}, "colour", "There is no such field to change."),
        ({"category": ""}, "category", "This field cannot be blank."),
        ({"active": "perhaps"}, "active", "“perhaps” value must be either True or False."),
        ({"feature": "x" * 51}, "feature", "Ensure this value has at most 50 characters"),
    ],
)
def test_thing_type_save__refused_with_field_and_place(changes: Any, field: str, sentence: str) -> None:
    before = version()

    with pytest.raises(TypeInvalid) as refused:
        thing_type_save("note", changes, actor=PLATFORM)

    assert list(refused.value.problems) == [field]
    assert refused.value.problems[field][0].startswith(sentence)
    assert version() == before
    assert not Event.objects.exists()


@pytest.mark.parametrize("name", ["Recipe", "my-recipe", "1st", "", "recipe\n", "x" * 101])
def test_thing_type_save__name_is_snake_case(name: str) -> None:
    with pytest.raises(TypeInvalid) as refused:
        thing_type_save(name, {"category": "kitchen"}, actor=PLATFORM)

    assert list(refused.value.problems) == ["name"]


def test_connection_type_save__ends_must_be_types() -> None:
    with pytest.raises(TypeInvalid) as refused:
        connection_type_save("cites", {"category": "ours", "from_types": ["note", "ghost"], "to_types": ["*"]}, actor=PLATFORM)

    assert refused.value.problems == {"from_types": ["There is no type of things 'ghost'."], "to_types": ["There is no type of things '*'."]}


def test_connection_type_save__ends_must_be_a_list() -> None:
    with pytest.raises(TypeInvalid) as refused:
        connection_type_save("part_of", {"to_types": "note"}, actor=PLATFORM)  # type: ignore[typeddict-item]

    assert refused.value.problems == {"to_types": ["This must be a list of names of types; an empty one allows any."]}


def test_event_type_save__revenue_needs_its_key() -> None:
    with pytest.raises(TypeInvalid) as refused:
        event_type_save("commerce_event", {"revenue_when": {"paid": True}}, actor=PLATFORM)

    assert list(refused.value.problems) == ["revenue_key"]
