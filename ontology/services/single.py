"""One row at a time: the bulk services with one item, whose problems are an error and whose row comes back fresh."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from ontology.choices import BulkMode
from ontology.errors import ChangedMeanwhile, ItemRefused
from ontology.models import Connection, Event, Group, Knowledge, Thing
from ontology.services.actor import Actor
from ontology.services.connections import connections_insert
from ontology.services.events import events_insert
from ontology.services.knowledge import knowledge_insert
from ontology.services.limits import limits_told
from ontology.services.record import event_record
from ontology.services.results import BulkResult
from ontology.services.thing_changes import things_update
from ontology.services.things import things_insert
from ontology.validation.problems import problems_at
from ontology.validation.thing_changes import UPDATE_FIELDS
from ontology.validation.values import moment, unknown_fields

CHANGE_FIELDS = UPDATE_FIELDS - {"id", "external_id", "if_version"}


def thing_create(group: Group, item: Mapping[str, Any], *, actor: Actor | None = None) -> Thing:
    """The new thing of GROUP by an ITEM as things_insert takes it, and one event `thing_created` on it.

    Raises ItemRefused with every problem, QuotaExceeded. About twelve queries.
    """
    with limits_told(), transaction.atomic():
        id_ = _only(things_insert(group, [item], mode=BulkMode.ATOMIC, actor=actor, record=False))
        thing: Thing = Thing.objects.select_related("group").get(pk=id_, group=group)
        told = {"entityType": thing.type, "name": thing.name, "status": thing.status, "externalId": thing.external_id}
        event_record(group, "thing_created", actor=actor, target_id=thing.pk, metadata=told)
        return thing


def thing_change(thing: Thing, changes: Mapping[str, Any], *, if_version: int | None = None, actor: Actor | None = None) -> Thing:
    """The thing changed by `{name?, properties?, merge?, status?}`, and one event `thing_updated` {changes, old, new}; nothing when nothing differs.

    Raises ItemRefused with every problem, ChangedMeanwhile when its version is not IF_VERSION. About ten queries.
    """
    assert thing.group is not None, "a legacy row has no group and no change"
    if faults := unknown_fields(changes, CHANGE_FIELDS):
        raise ItemRefused(problems_at(0, faults))
    with transaction.atomic():
        item = {**changes, "id": str(thing.pk), "if_version": if_version}
        result = things_update(thing.group, [item], mode=BulkMode.ATOMIC, actor=actor, record=False)
        found: Thing = Thing.objects.select_related("group").get(pk=thing.pk, group=thing.group)
        if any(problem.code == "changed_meanwhile" for problem in result.errors):
            raise ChangedMeanwhile(f"The thing {found.name} (version {found.version})", found.updated_at)
        _only(result)
        return found


def connection_create(group: Group, item: Mapping[str, Any], *, actor: Actor | None = None) -> Connection:
    """The new connection of GROUP by an ITEM as connections_insert takes it, and one event `connection_created` on the thing it starts from.

    Raises ItemRefused with every problem, QuotaExceeded. About twelve queries.
    """
    with limits_told(), transaction.atomic():
        id_ = _only(connections_insert(group, [item], mode=BulkMode.ATOMIC, actor=actor, record=False))
        row: Connection = Connection.objects.select_related("group", "from_thing", "to_thing").get(pk=id_, group=group)
        ends = {"fromEntityId": str(row.from_thing_id), "toEntityId": str(row.to_thing_id)}
        told = {"entityType": "connection", "connectionId": str(row.pk), "relationshipType": row.type, **ends}
        event_record(group, "connection_created", actor=actor, target_id=row.from_thing_id, metadata=told)
        return row


def event_append(group: Group, item: Mapping[str, Any], *, actor: Actor | None = None) -> Event:
    """The new event of GROUP by an ITEM as events_insert takes it. Raises ItemRefused with every problem. About ten queries."""
    with transaction.atomic():
        before = timezone.now()
        id_ = _only(events_insert(group, [item], mode=BulkMode.ATOMIC, actor=actor))
        when = moment("timestamp", item["timestamp"])[0] if item.get("timestamp") is not None else None
        rows = Event.objects.in_group(group).filter(timestamp=when) if when else Event.objects.in_group(group).filter(timestamp__gte=before)
        found: Event = rows.select_related("group", "actor", "target", "person").get(pk=id_)
        return found


def knowledge_create(group: Group, item: Mapping[str, Any], *, actor: Actor | None = None) -> Knowledge:
    """The new piece of knowledge of GROUP by an ITEM as knowledge_insert takes it, and one event `knowledge_created` on its source, if it has one.

    Raises ItemRefused with every problem, QuotaExceeded. About twelve queries.
    """
    with limits_told(), transaction.atomic():
        id_ = _only(knowledge_insert(group, [item], mode=BulkMode.ATOMIC, actor=actor, record=False))
        row: Knowledge = Knowledge.objects.select_related("group", "source_thing").get(pk=id_, group=group)
        told = {"count": 1, "entityType": "knowledge", "knowledgeId": str(row.pk), "knowledgeType": row.type}
        event_record(group, "knowledge_created", actor=actor, target_id=row.source_thing_id, metadata=told)
        return row


def _only(result: BulkResult) -> str:
    """The id of the row that a call of one item wrote; blank when it left a row as it was. Raises ItemRefused."""
    if result.errors:
        raise ItemRefused(result.errors)
    return next(iter([*result.created, *result.updated]), "")
