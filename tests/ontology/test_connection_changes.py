"""connection_update, connection_delete, connection_restore: what they write, what they refuse, who wins."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ontology.errors import ChangedMeanwhile, DeletionState, DomainError, ItemRefused
from ontology.models import Connection, ConnectionType, Event, Group
from ontology.services.actor import Actor
from ontology.services.connection_changes import connection_delete, connection_restore, connection_update
from ontology.services.connections import connections_insert
from ontology.services.deletions import thing_delete, thing_restore
from tests.answers import faults, rows
from tests.factories import make_connection, make_group, make_person, make_thing
from tests.faults.test_write_races import apart, beside

pytestmark = pytest.mark.django_db
MARCH, APRIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def group() -> Group:
    return make_group()


@pytest.fixture
def link(group: Group) -> Connection:
    return make_connection(group, metadata={"a": 1, "b": 2}, strength=0.5, valid_from=MARCH)


def last_event(group: Group) -> Event:
    found: Event = Event.objects.filter(group=group).latest("id")
    return found


def refused(connection: Connection, changes: dict[str, Any]) -> list[tuple[str, str]]:
    before = rows()
    with pytest.raises(ItemRefused) as refusal:
        connection_update(connection, changes)
    assert rows() == before
    return faults(refusal.value)


def test_connection_update__changes_and_tells(group: Group, link: Connection) -> None:
    person = make_person()

    changed = connection_update(link, {"metadata": {"a": 1}, "strength": 1, "valid_to": "2026-04-01T00:00:00Z"}, actor=Actor(person=person))

    fresh = Connection.objects.get(pk=link.pk)
    assert (changed.metadata, changed.strength, changed.valid_from, changed.valid_to) == ({"a": 1}, 1.0, MARCH, APRIL)
    assert (fresh.metadata, fresh.strength, fresh.valid_to, fresh.updated_at) == ({"a": 1}, 1.0, APRIL, changed.updated_at)
    assert fresh.updated_at > link.updated_at
    event = last_event(group)
    assert (event.type, event.target_id, event.person_id) == ("entity_updated", link.from_thing_id, person.pk)
    assert event.metadata == {
        "entityType": "connection",
        "connectionId": str(link.pk),
        "relationshipType": "purchased",
        "fromEntityId": str(link.from_thing_id),
        "toEntityId": str(link.to_thing_id),
        "changes": ["metadata", "strength", "validTo"],
        "old": {"metadata": {"a": 1, "b": 2}, "strength": 0.5, "validTo": None},
        "new": {"metadata": {"a": 1}, "strength": 1, "validTo": "2026-04-01T00:00:00+00:00"},
        "by": {"door": "code"},
    }


def test_connection_update__merge_and_clear(link: Connection) -> None:
    changed = connection_update(link, {"metadata": {"a": None, "c": 3}, "merge": True, "strength": None, "valid_from": None})

    assert (changed.metadata, changed.strength, changed.valid_from) == ({"b": 2, "c": 3}, None, None)


def test_connection_update__nothing_differs(link: Connection) -> None:
    before = rows()

    connection_update(link, {"metadata": {"b": 2, "a": 1}, "strength": 0.5, "valid_from": "2026-03-01T01:00:00+01:00"})

    assert rows() == before


def test_connection_update__names_every_problem(link: Connection) -> None:
    changes = {"from": "x", "type": "y", "strength": 2, "metadata": [], "merge": 1, "valid_to": "2026-02-01T00:00:00Z"}

    assert refused(link, changes) == [
        ("from", "unknown_field"),
        ("type", "unknown_field"),
        ("merge", "not_boolean"),
        ("metadata", "not_object"),
        ("strength", "out_of_range"),
        ("valid_to", "before_valid_from"),
    ]


def test_connection_update__merged_metadata_meets_the_schema(group: Group, link: Connection) -> None:
    ConnectionType.objects.filter(name="purchased").update(schema={"type": "object", "required": ["a"]})

    assert refused(link, {"metadata": {"a": None}, "merge": True}) == [("metadata", "schema")]


def test_connection_update__deleted_and_stale(link: Connection) -> None:
    seen = link.updated_at
    connection_update(link, {"strength": 0.1}, if_unmodified=seen)
    before = rows()

    with pytest.raises(ChangedMeanwhile) as late:
        connection_update(link, {"strength": 0.9}, if_unmodified=seen)
    assert (late.value.code, late.value.at > seen) == ("changed_meanwhile", True)
    assert str(late.value.at.isoformat()) in str(late.value)
    assert rows() == before
    connection_delete(link)
    with pytest.raises(DeletionState):
        connection_update(link, {"strength": 0.9})


def test_connection_delete__marks_and_tells(group: Group, link: Connection) -> None:
    gone = connection_delete(link, reason="Returned")

    event = last_event(group)
    assert (event.type, event.metadata["reason"], event.target_id) == ("connection_deleted", "Returned", link.from_thing_id)
    assert (gone.deletion_id, gone.deleted_at) == (event.pk, event.timestamp)
    with pytest.raises(DeletionState):
        connection_delete(link)


def test_connection_restore__brings_back(group: Group, link: Connection) -> None:
    connection_delete(link)

    back = connection_restore(link)

    event = last_event(group)
    assert (back.deleted_at, back.deletion_id) == (None, None)
    assert (event.type, event.metadata["changes"], event.metadata["new"]) == ("entity_updated", ["deletedAt"], {"deletedAt": None})
    with pytest.raises(DeletionState):
        connection_restore(link)


def restore_refused(link: Connection) -> list[tuple[str, str]]:
    before = rows()
    with pytest.raises(ItemRefused) as refusal:
        connection_restore(link)
    assert rows() == before
    return faults(refusal.value)


def test_connection_restore__refused_by_name(group: Group, link: Connection) -> None:
    thing_delete(link.from_thing)
    thing_delete(link.to_thing)
    assert restore_refused(link) == [("from", "deleted"), ("to", "deleted")]
    for thing in (link.to_thing, link.from_thing):
        thing_restore(thing)
    connection_delete(link)
    make_connection(group, link.from_thing, link.to_thing)
    assert restore_refused(link) == [("type", "connection_exists")]


def test_connection_restore__cycle(group: Group) -> None:
    one, two = make_thing(group, type="note"), make_thing(group, type="note")
    there = make_connection(group, one, two, type="part_of")
    connection_delete(there)
    make_connection(group, two, one, type="part_of")

    assert restore_refused(there) == [("to", "cycle")]


def test_connection_changes__queries(link: Connection) -> None:
    for act, most in ((lambda: connection_update(link, {"strength": 0.1}), 13), (lambda: connection_delete(link), 9)):
        with CaptureQueriesContext(connection) as captured:
            act()
        assert len(captured) <= most


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def tried(act: Any) -> Any:
    try:
        return act()
    except DomainError as refusal:
        return refusal.code


@pytest.mark.django_db(transaction=True)
def test_connection_update__of_two_at_once_one_wins(threads: ThreadPoolExecutor) -> None:
    link = make_connection(make_group())
    seen = Connection.objects.get(pk=link.pk).updated_at

    def change(strength: float) -> Any:
        return tried(lambda: connection_update(link, {"strength": strength}, if_unmodified=seen).strength)

    assert beside(threads, lambda: change(0.1), lambda: change(0.9)) == (0.1, "changed_meanwhile")
    assert Event.objects.filter(type="entity_updated").count() == 1


@pytest.mark.django_db(transaction=True)
def test_connection_restore__beside_a_deletion_of_the_other_end(threads: ThreadPoolExecutor) -> None:
    link = make_connection(make_group())
    connection_delete(link)

    deletion, restored = beside(threads, lambda: thing_delete(link.to_thing), lambda: tried(lambda: connection_restore(link)))

    assert (deletion.connections, restored) == (0, "item_refused")
    assert Connection.objects.get().deleted_at is not None


@pytest.mark.django_db(transaction=True)
def test_thing_delete__beside_a_restoration_takes_what_came_back(threads: ThreadPoolExecutor) -> None:
    link = make_connection(make_group())
    connection_delete(link)

    _, deletion = beside(threads, lambda: connection_restore(link), lambda: thing_delete(link.to_thing))

    assert deletion.connections == 1
    assert Connection.objects.get().deletion_id == deletion.event.pk


@pytest.mark.django_db(transaction=True)
def test_connection_restore__beside_the_same_made_anew(threads: ThreadPoolExecutor) -> None:
    group = make_group()
    link = make_connection(group, make_thing(group, type="note"), make_thing(group, type="note"), type="part_of")
    connection_delete(link)
    item = {"from": str(link.from_thing_id), "to": str(link.to_thing_id), "type": "transacted"}
    Connection.objects.filter(pk=link.pk).update(type="transacted")

    made, restored = beside(threads, lambda: connections_insert(group, [item]), lambda: tried(lambda: connection_restore(link)))

    assert (len(made.created), restored) == (1, "item_refused")


@pytest.mark.django_db(transaction=True)
def test_connection_delete__many_threads_delete_once(threads: ThreadPoolExecutor) -> None:
    link = make_connection(make_group())

    answers = [call.result(20) for call in [threads.submit(apart(lambda: tried(lambda: connection_delete(link).pk))) for _ in range(4)]]

    assert sorted(map(str, answers)).count("deletion_state") == 3
    assert Event.objects.filter(type="connection_deleted").count() == 1
