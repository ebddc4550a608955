"""Committed rows for clients of the served API: a tree of groups with rows of every kind, and an owner's token."""

from dataclasses import dataclass
from typing import Any

from monitoring.api.performance_shapes import SHOWN
from monitoring.database.reports import PERFORMANCE, report_put
from ontology.models import ConnectionType, EmbeddingModel, EventType, Group, Person, RunReject, RunWrite, ThingType
from ontology.services.deletions import thing_delete
from quotas.models import Plan
from tests.factories import (
    make_alert,
    make_connection,
    make_event,
    make_group,
    make_knowledge,
    make_link,
    make_membership,
    make_person,
    make_run,
    make_staff,
    make_thing,
)
from tests.factories import make_token as make_token_row
from tests.ontology.api.client import make_token

EACH = 12
"""Rows of each kind, and groups below the first one."""


@dataclass(frozen=True, slots=True)
class World:
    """The group that requests go to, its owner, the text of the owner's token and of one of an owner of the platform, and what the parameters of addresses may name."""

    group: Group
    owner: Person
    token: str
    platform_token: str
    known: dict[str, list[str]]


def make_world() -> World:
    """The rows. External ids and slugs are those of the document's examples."""
    acme = make_group(slug="acme", name="Acme")
    below = [make_group(slug=f"acme-{number}", name=f"Acme {number}", parent=acme) for number in range(EACH)]
    owner = make_membership(acme, make_person(display_name="Ada"), role="group_owner").person
    things = [make_thing(acme, external_id="sku-7"), make_thing(acme, external_id="customer-7", type="creator")]
    things += [make_thing(acme) for _ in range(EACH)]
    links = [make_link(acme) for _ in range(EACH)]
    known = {
        "groups": [acme.slug],
        "spare groups": [group.slug for group in below],
        "things": [thing.pk for thing in things],
        "spare things": [make_thing(acme, name=f"Spare {number}").pk for number in range(EACH)],
        "deleted things": [_deleted(acme) for _ in range(EACH)],
        "connections": [make_connection(acme).pk for _ in range(EACH)],
        "events": [make_event(acme, actor=things[1], target=things[0]).pk for _ in range(EACH)],
        "knowledge": [*(make_knowledge(acme).pk for _ in range(EACH)), _vector(acme).pk, links[0].knowledge_id],
        "linked knowledge": [link.knowledge_id for link in links],
        "linked things": [link.thing_id for link in links],
        "tokens": [make_token_row(person=owner).pk for _ in range(EACH)],
        "members": [make_membership(acme, role="group_user").person_id for _ in range(EACH)],
        "imports": [_import(acme, "succeeded") for _ in range(EACH)],
        "running imports": [_import(acme, "running") for _ in range(EACH)],
        "paused imports": [_import(acme, "paused") for _ in range(2 * EACH)],
        "spare imports": [_import(acme, "paused") for _ in range(2 * EACH)],
        "undone imports": [_import(acme, "succeeded") for _ in range(2 * EACH)],
        "rejected imports": [_import(acme, "succeeded", rejects=1) for _ in range(2 * EACH)],
        "dry imports": [_import(acme, "succeeded", dry=number) for number in range(1, 2 * EACH)],
        "alert": [make_alert(acme).pk for _ in range(2 * EACH)],
        "thing types": _names(ThingType),
        "connection types": _names(ConnectionType),
        "event types": _names(EventType),
        "plans": list(Plan.objects.values_list("name", flat=True)),
    }
    report_put(PERFORMANCE, SHOWN)
    return World(acme, owner, make_token(owner), make_token(make_staff()), {name: [str(value) for value in values] for name, values in known.items()})


def _deleted(group: Group) -> Any:
    thing = make_thing(group)
    thing_delete(thing)
    return thing.pk


def _import(group: Group, state: str, *, rejects: int = 0, dry: int = 0) -> Any:
    tried = {"dryRun": True, "upload": "imports/none.ndjson", "sha256": f"{dry:064x}"} if dry else {}
    told = {"file": "a.ndjson", "mode": "partial", "onConflict": "error", "kind": None, "defaultStatus": "active", **tried}
    run = make_run(kind="import", group=group, state=state, parameters=told)
    RunWrite.objects.create(run=run, group=group, kind="thing", act="created", ids=[make_thing(group).pk])
    for line in range(rejects):
        RunReject.objects.create(run=run, line=line, text=b"{}", problems=[])
    return run.pk


def _vector(group: Group) -> Any:
    EmbeddingModel.objects.get_or_create(name="small", defaults={"dim": 3})
    return make_knowledge(group, type="chunk", embedding=[0.1, 0.2, 0.7], embedding_model="small", embedding_dim=3)


def _names(model: Any) -> list[str]:
    return list(model.objects.filter(schema={}).order_by("name").values_list("name", flat=True)[:EACH])
