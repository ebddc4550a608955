"""One row at a time: the fresh row and one event, or every problem and nothing written."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ontology.choices import Right
from ontology.errors import ChangedMeanwhile, GroupArchived, ItemRefused
from ontology.models import Event, Group, Thing
from ontology.services.access import group_access
from ontology.services.actor import Actor
from ontology.services.groups import group_archive, group_reactivate
from ontology.services.single import connection_create, event_append, knowledge_create, thing_change, thing_create
from tests.answers import faults, rows
from tests.factories import make_group, make_membership, make_person, make_thing
from tests.faults.test_write_races import beside
from tests.ontology.test_connection_changes import tried

pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> Group:
    return make_group()


def refused(act: Callable[[], object]) -> list[tuple[str, str]]:
    before = rows()
    with pytest.raises(ItemRefused) as refusal:
        act()
    assert rows() == before
    return faults(refusal.value)


def only_event(group: Group) -> Event:
    found: Event = Event.objects.in_group(group).get()
    return found


def test_thing_create__row_and_event(group: Group) -> None:
    person = make_person()

    thing = thing_create(group, {"type": "note", "name": "One", "external_id": "one"}, actor=Actor(person=person))

    event = only_event(group)
    assert (thing.name, thing.status, thing.version, thing.group) == ("One", "draft", 1, group)
    assert (event.type, event.target_id, event.person_id) == ("thing_created", thing.pk, person.pk)
    assert refused(lambda: thing_create(group, {"type": "unicorn", "name": " "})) == [("name", "blank"), ("type", "unknown_type")]
    assert refused(lambda: thing_create(group, {"type": "note", "name": "x", "external_id": "one"})) == [("external_id", "external_id_taken")]


def test_thing_change__row_and_event(group: Group) -> None:
    thing = make_thing(group, type="note")

    changed = thing_change(thing, {"name": "New", "properties": {"a": 1}, "merge": True}, if_version=1)

    event = only_event(group)
    assert (changed.name, changed.properties, changed.version) == ("New", {"a": 1}, 2)
    assert (event.type, event.metadata["changes"]) == ("thing_updated", ["properties", "name"])
    with pytest.raises(ChangedMeanwhile) as late:
        thing_change(thing, {"name": "Newer"}, if_version=1)
    assert late.value.at == changed.updated_at
    assert "The thing New (version 2) was changed meanwhile" in str(late.value)
    assert thing_change(thing, {"name": "New"}, if_version=2).version == 2
    assert refused(lambda: thing_change(thing, {"name": "", "status": "odd"})) == [("name", "blank"), ("status", "unknown_status")]
    assert refused(lambda: thing_change(thing, {"id": "x", "if_version": 3})) == [("id", "unknown_field"), ("if_version", "unknown_field")]


def test_connection_create__row_and_event(group: Group) -> None:
    one, two = make_thing(group, type="note"), make_thing(group, type="note", external_id="two")

    row = connection_create(group, {"from": str(one.pk), "to": "two", "type": "part_of", "strength": 0.5})

    event = only_event(group)
    assert (row.from_thing, row.to_thing, row.strength) == (one, two, 0.5)
    assert (event.type, event.target_id, event.metadata["toEntityId"]) == ("connection_created", one.pk, str(two.pk))
    back = {"from": "two", "to": str(one.pk), "type": "part_of"}
    assert refused(lambda: connection_create(group, back)) == [("to", "cycle")]


def test_event_append__row(group: Group) -> None:
    thing = make_thing(group)

    now = event_append(group, {"type": "content_event", "target": str(thing.pk)})
    then = event_append(group, {"type": "content_event", "timestamp": "1988-05-01T10:00:00+02:00"})

    assert (now.target, now.group, then.timestamp.isoformat()) == (thing, group, "1988-05-01T08:00:00+00:00")
    assert Event.objects.in_group(group).count() == 2
    assert refused(lambda: event_append(group, {"type": "content_event", "actor": "nobody"})) == [("actor", "not_found")]


def test_knowledge_create__row_and_event(group: Group) -> None:
    thing = make_thing(group)

    row = knowledge_create(group, {"type": "label", "text": "music", "source": str(thing.pk)})

    event = only_event(group)
    assert (row.text, row.source_thing) == ("music", thing)
    assert (event.type, event.target_id, event.metadata["knowledgeId"]) == ("knowledge_created", thing.pk, str(row.pk))
    assert refused(lambda: knowledge_create(group, {"type": "label"})) == [("text", "blank")]


def test_archived_group__takes_no_writes_through_a_door(group: Group) -> None:
    person = make_person()
    make_membership(group, person, role="group_owner")

    group_archive(group)
    group_archive(group)
    with pytest.raises(GroupArchived) as refusal:
        group_access(person, group.slug).demand(Right.WRITE)
    group_access(person, group.slug).demand(Right.READ)
    group_access(person, group.slug).demand(Right.MANAGE)
    group_reactivate(group)
    group_access(person, group.slug).demand(Right.WRITE)

    assert (refusal.value.code, refusal.value.slug) == ("group_archived", group.slug)
    assert Event.objects.filter(type="group_updated", group=group).count() == 2


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.mark.django_db(transaction=True)
def test_thing_change__of_two_at_once_one_wins(threads: ThreadPoolExecutor) -> None:
    thing = make_thing(make_group(), type="note")

    def change(name: str) -> Any:
        return tried(lambda: thing_change(thing, {"name": name}, if_version=1).name)

    assert beside(threads, lambda: change("one"), lambda: change("two")) == ("one", "changed_meanwhile")
    assert (Thing.objects.get().name, Event.objects.filter(type="thing_updated").count()) == ("one", 1)
