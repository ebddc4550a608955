"""Small makers of rows, past the services: what a test needs to find there."""

import itertools
from datetime import UTC, datetime
from typing import Any

from ontology.ids import uuid7
from ontology.models import ApiToken, Connection, Event, Group, Knowledge, Membership, Person, Run, Thing, ThingKnowledge
from ontology.services.record import partitions_ensure

MOMENT = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)


def make_group(**fields: Any) -> Group:
    number = next(_numbers)
    return Group.objects.create(**{"slug": f"group-{number}", "name": f"Group {number}", **fields})


def make_person(**fields: Any) -> Person:
    number = next(_numbers)
    return Person.objects.create(**{"email": f"person-{number}@example.org", "username": f"person-{number}", **fields})


def make_staff(**fields: Any) -> Person:
    """A person with every right of the admin, who signs in with PASSWORD."""
    person = make_person(**{"is_staff": True, "is_superuser": True, "platform_role": "platform_owner", **fields})
    person.set_password(PASSWORD)
    person.save()
    return person


def make_membership(group: Group, person: Person | None = None, **fields: Any) -> Membership:
    return Membership.objects.create(group=group, person=person or make_person(), **fields)


def make_thing(group: Group, **fields: Any) -> Thing:
    number = next(_numbers)
    return Thing.objects.create(**{"group": group, "type": "product", "name": f"Thing {number}", "status": "active", **fields})


def make_connection(group: Group, start: Thing | None = None, end: Thing | None = None, **fields: Any) -> Connection:
    ends = {"from_thing": start or make_thing(group, type="creator"), "to_thing": end or make_thing(group)}
    return Connection.objects.create(**{"group": group, "type": "purchased", **ends, **fields})


def make_event(group: Group | None, **fields: Any) -> Event:
    event = Event(**{"id": uuid7(), "group": group, "type": "content_event", "timestamp": MOMENT, **fields})
    partitions_ensure([event.timestamp])
    event.save(force_insert=True)
    return event


def make_knowledge(group: Group, **fields: Any) -> Knowledge:
    return Knowledge.objects.create(**{"group": group, "type": "label", "text": f"label {next(_numbers)}", **fields})


def make_link(group: Group, **fields: Any) -> ThingKnowledge:
    return ThingKnowledge.objects.create(
        **{"group": group, "thing": make_thing(group), "knowledge": make_knowledge(group), "role": "label", **fields}
    )


def make_run(**fields: Any) -> Run:
    return Run.objects.create(**{"kind": "load", "state": "succeeded", "done": 10, "total": 10, **fields})


def make_token(person: Person | None = None, **fields: Any) -> ApiToken:
    number = next(_numbers)
    text = {"name": f"Token {number}", "prefix": f"sxt_{number:08}", "digest": str(number).encode(), "scopes": ["read"]}
    return ApiToken.objects.create(**{"person": person or make_person(), **text, **fields})
