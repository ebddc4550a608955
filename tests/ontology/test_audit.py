"""thing_audit: who did what, through which door, from what to what, with all connections; read out of real changes."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ontology.choices import Door
from ontology.ids import uuid7
from ontology.metrics import Change, field_changes, thing_audit, trail
from ontology.models import ApiToken, Connection, Event, Thing
from ontology.services.actor import Actor
from ontology.services.connection_changes import connection_delete
from ontology.services.deletions import thing_delete
from ontology.services.single import thing_change, thing_create
from tests.factories import MOMENT, make_connection, make_event, make_group, make_person, make_thing

pytestmark = pytest.mark.django_db


@pytest.fixture
def thing() -> Thing:
    return thing_create(make_group(), {"type": "note", "name": "One", "properties": {"price": 5, "size": {"w": 1, "h": 2}}})


def make_token(**fields: Any) -> ApiToken:
    return ApiToken.objects.create(
        **{"person": make_person(), "name": "CI", "prefix": "sxt_abc", "digest": uuid7().bytes, "scopes": ["write"], **fields}
    )


def test_thing_audit__who_and_through_which_door(thing: Thing) -> None:
    ada, nameless, token = make_person(display_name="Ada"), make_person(), make_token()
    gone, lost = uuid.uuid4(), uuid.uuid4()
    thing_change(thing, {"name": "Two"}, actor=Actor(ada, Door.ADMIN, "request-1"))
    thing_change(thing, {"name": "Three"}, actor=Actor(nameless, Door.API, "request-2", token.pk))
    thing_change(thing, {"name": "Four"}, actor=Actor(None, Door.API, "", lost))
    make_event(thing.group, target=thing, person_id=gone, metadata={"by": "odd"}, timestamp=MOMENT)

    told = [(entry.who, entry.email, entry.door, entry.token_prefix, entry.request_id) for entry in thing_audit(thing).entries]

    assert told == [
        ("", "", "api", "", ""),
        (nameless.email, nameless.email, "api", "sxt_abc", "request-2"),
        ("Ada", ada.email, "admin", "", "request-1"),
        ("", "", "code", "", ""),
        (str(gone), "", "", "", ""),
    ]
    assert [entry.token_id for entry in thing_audit(thing).entries][:2] == [lost, token.pk]


def test_thing_audit__changes_field_by_field(thing: Thing) -> None:
    thing_change(thing, {"name": "Two", "properties": {"price": 6, "size": {"w": 1, "h": 3}, "new": [1]}})

    changes = thing_audit(thing).entries[0].changes

    assert sorted(changes, key=lambda change: change.field) == [
        Change("name", "One", "Two"),
        Change("properties.new", None, [1], had=False),
        Change("properties.price", 5, 6),
        Change("properties.size.h", 2, 3),
    ]


def test_field_changes__odd_metadata_and_many_fields() -> None:
    assert field_changes({}) == []
    assert field_changes({"old": 1, "new": {}}) == []
    assert field_changes({"old": {"a": 1, "b": None}, "new": {"a": True}}) == [Change("a", 1, True), Change("b", None, None, has=False)]
    many = field_changes({"old": {}, "new": {str(number): 1 for number in range(1000)}})
    assert len(many) == trail.FIELDS_MAX + 1


def test_thing_audit__events_and_connections_page_by_page(thing: Thing) -> None:
    group = thing.group
    assert group is not None
    links = [
        make_connection(group, thing, make_thing(group)) if number % 2 else make_connection(group, make_thing(group), thing) for number in range(9)
    ]
    links.append(make_connection(group, thing, thing, type="part_of"))
    for link in links[4:]:
        connection_delete(link)
    events = sorted(Event.objects.in_group(group).filter(target=thing), key=lambda event: (event.timestamp, event.pk), reverse=True)

    deleted: list[Connection] = []
    cursor = None
    while True:
        page = thing_audit(thing, limit=2, deleted_cursor=cursor).deleted_connections
        deleted += [item.connection for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert deleted == sorted(links[4:], key=lambda row: row.pk, reverse=True)
    assert {item.connection for item in thing_audit(thing).connections.items} == set(links[:4])
    assert [entry.event for entry in thing_audit(thing, limit=100).entries] == events
    assert thing_audit(thing, limit=2).events.next_cursor is not None


def test_thing_audit__of_a_deleted_thing(thing: Thing) -> None:
    link = make_connection(thing.group, thing, make_thing(thing.group))  # type: ignore[arg-type]
    thing_delete(thing)

    found = thing_audit(Thing.objects.get(pk=thing.pk))

    assert [item.connection for item in found.deleted_connections.items] == [link]
    assert (found.connections.items, found.entries[0].event.type) == ([], "thing_deleted")


def test_thing_audit__queries_do_not_grow(thing: Thing) -> None:
    counts = []
    for size in (1, 8):
        token = make_token()
        for _ in range(size):
            link = make_connection(thing.group, thing, make_thing(thing.group))  # type: ignore[arg-type]
            make_connection(thing.group, make_thing(thing.group), thing)  # type: ignore[arg-type]
            connection_delete(link, actor=Actor(token.person, Door.API, "r", token.pk))
        with CaptureQueriesContext(connection) as captured:
            for entry in thing_audit(thing).entries:
                str(entry.event.actor)
        counts.append(len(captured))
    assert counts == [8, 8]
