"""A tree of groups and the people in it, for the matrix of who may do what where."""

import uuid
from dataclasses import dataclass
from typing import Any

from monitoring.models import Alert
from ontology.choices import Right
from ontology.models import Connection, Event, Group, Knowledge, Person, Run, RunReject, RunWrite, Thing, ThingKnowledge
from tests.factories import make_alert, make_connection, make_event, make_group, make_knowledge, make_membership, make_person, make_run, make_thing
from tests.factories import make_token as make_token_row
from tests.ontology.api.client import Api, make_token

READ, HISTORY, WRITE, MANAGE = Right.READ, Right.HISTORY, Right.WRITE, Right.MANAGE
OWNER, USER, CUSTOMER = frozenset(Right), frozenset({READ, HISTORY, WRITE}), frozenset({READ})
NONE = frozenset[Right]()
PLACES = ("parent", "own", "child", "sibling", "other")
"""The groups of the world: own lies below parent beside sibling, child below own, other is a tree of its own."""
REACH: dict[str, dict[str, frozenset[Right]]] = {
    "platform owner": dict.fromkeys(PLACES, OWNER),
    "owner of the parent": {"parent": OWNER, "own": OWNER, "child": OWNER, "sibling": OWNER},
    "owner": {"own": OWNER, "child": OWNER},
    "user": {"own": USER, "child": USER},
    "customer": {"own": CUSTOMER, "child": CUSTOMER},
    "owner of the child": {"child": OWNER},
    "owner of the sibling": {"sibling": OWNER},
    "owner of the other": {"other": OWNER},
    "stranger": {},
    "owner, reading token": {"own": frozenset({READ, HISTORY}), "child": frozenset({READ, HISTORY})},
    "owner, writing token": {"own": frozenset({READ, WRITE}), "child": frozenset({READ, WRITE})},
    "owner, token of the child": {"child": OWNER},
    "platform owner, token of the sibling": {"sibling": OWNER},
    "staff without a membership": {},
}
"""What each may do where; nothing in a group that is not named. Written by hand: the code under test is not asked."""
PERSON_SCOPES = {"owner, reading token": frozenset({READ, HISTORY}), "owner, writing token": frozenset({READ, WRITE})}
"""What a token lets through at addresses without a group; the others let everything."""


@dataclass(frozen=True, slots=True)
class Place:
    """A group, one row of each kind in it, and the words that only its rows hold."""

    group: Group
    member: Person
    creator: Thing
    thing: Thing
    deleted: Thing
    connection: Connection
    event: Event
    knowledge: Knowledge
    run: Run
    alert: Alert
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class World:
    """All places by name, and the client of each role."""

    places: dict[str, Place]
    clients: dict[str, Api]
    tokens: dict[str, str]
    """The id of a token of each role's person."""


def make_place(name: str, parent: Group | None) -> Place:
    """A group with marked rows."""
    mark = f"mark{uuid.uuid4().hex}"
    group = make_group(slug=f"{name}-{mark}", name=f"Group {mark}", parent=parent, metadata={"mark": mark})
    member = make_person(email=f"{mark}@example.org", display_name=mark)
    creator = make_thing(group, type="creator", name=f"Creator {mark}")
    make_membership(group, member, role="group_user", creator=creator)
    thing = make_thing(group, name=f"Thing {mark}", external_id=mark, properties={"mark": mark})
    deleted = make_thing(group, name=f"Deleted {mark}", deleted_at="2026-01-01T00:00:00Z", deletion_id=uuid.uuid4())
    connection = make_connection(group, creator, thing, metadata={"mark": mark})
    event = make_event(group, actor=creator, target=thing, metadata={"mark": mark}, person=member)
    knowledge = make_knowledge(group, text=f"Knowledge {mark}", source_thing=thing, metadata={"mark": mark})
    ThingKnowledge.objects.create(group=group, thing=thing, knowledge=knowledge, role="label")
    run = make_run(kind="import", state="paused", group=group, parameters={"file": f"{mark}.ndjson", "mode": "partial"})
    RunReject.objects.create(run=run, line=1, text=f'{{"name": "{mark}"}}'.encode(), problems=[])
    RunWrite.objects.create(run=run, group=group, kind="thing", act="created", ids=[uuid.uuid4()])
    alert = make_alert(group, summary=f"Summary {mark}")
    ids = (group.pk, alert.pk, member.pk, creator.pk, thing.pk, deleted.pk, connection.pk, event.pk, knowledge.pk, run.pk)
    return Place(group, member, creator, thing, deleted, connection, event, knowledge, run, alert, (mark, *map(str, ids)))


def make_world() -> World:
    """The places, and a client for every role of REACH."""
    parent = make_place("parent", None)
    own = make_place("own", parent.group)
    places = {
        "parent": parent,
        "own": own,
        "child": make_place("child", own.group),
        "sibling": make_place("sibling", parent.group),
        "other": make_place("other", None),
    }
    people = {role: _person(role, places) for role in REACH}
    fields: dict[str, dict[str, Any]] = {
        "owner, reading token": {"scopes": ["read"]},
        "owner, writing token": {"scopes": ["write"]},
        "owner, token of the child": {"group": places["child"].group},
        "platform owner, token of the sibling": {"group": places["sibling"].group},
    }
    clients = {role: Api(token=make_token(person, **fields.get(role, {}))) for role, person in people.items()}
    return World(places, clients, {role: str(make_token_row(person=person).pk) for role, person in people.items()})


def _person(role: str, places: dict[str, Place]) -> Person:
    person = make_person(is_staff=role.startswith("staff"), platform_role="platform_owner" if role.startswith("platform") else "")
    memberships = {
        "owner of the parent": ("parent", "group_owner"),
        "user": ("own", "group_user"),
        "customer": ("own", "customer"),
        "owner of the child": ("child", "group_owner"),
        "owner of the sibling": ("sibling", "group_owner"),
        "owner of the other": ("other", "group_owner"),
    }
    place, member_role = memberships.get(role, ("own", "group_owner") if role.startswith("owner") else ("", ""))
    if place:
        make_membership(places[place].group, person, role=member_role)
    return person
