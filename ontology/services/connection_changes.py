"""Changes of one connection: its own fields, soft deletion, restoration. Its ends and its type never change."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from ontology.errors import ItemRefused
from ontology.models import Connection, Event
from ontology.services.actor import Actor
from ontology.services.bulk import query
from ontology.services.catalogue import catalogue_current
from ontology.services.record import event_record
from ontology.services.row_lock import connection_locked, group_of
from ontology.validation.connection_changes import connection_change
from ontology.validation.paths import cycle_closers
from ontology.validation.problems import Fault, problems_at

FIELDS = {"metadata": "metadata", "strength": "strength", "valid_from": "validFrom", "valid_to": "validTo"}
"""What may change, and its name in an event."""


def connection_update(
    connection: Connection, changes: Mapping[str, Any], *, if_unmodified: datetime | None = None, actor: Actor | None = None
) -> Connection:
    """The connection changed by `{metadata?, merge?, strength?, valid_from?, valid_to?}`, and one event `entity_updated` {changes, old, new}.

    Nothing is written when nothing differs. Raises ItemRefused with every problem, DeletionState for a deleted one, and ChangedMeanwhile when
    its `updated_at` is not IF_UNMODIFIED. About eight queries.
    """
    with transaction.atomic():
        rules = catalogue_current().connections
        current = connection_locked(connection, if_unmodified=if_unmodified)
        old = {name: getattr(current, name) for name in FIELDS}
        new, faults = connection_change(old, changes, rules.get(current.type))
        if faults:
            raise ItemRefused(problems_at(0, faults))
        if new:
            _write(current, **new)
            told = {"old": _told({name: old[name] for name in new}), "new": _told(new)}
            _record(current, "entity_updated", actor, {"changes": [FIELDS[name] for name in new], **told})
        return current


def connection_delete(connection: Connection, *, if_unmodified: datetime | None = None, actor: Actor | None = None, reason: str = "") -> Connection:
    """Deletes the connection softly, with the event `connection_deleted`, whose id marks the row; its things stay.

    Raises DeletionState when it is deleted already, ChangedMeanwhile when its `updated_at` is not IF_UNMODIFIED. About six queries.
    """
    with transaction.atomic():
        current = connection_locked(connection, if_unmodified=if_unmodified)
        event = _record(current, "connection_deleted", actor, {"reason": reason})
        _write(current, deleted_at=event.timestamp, deletion_id=event.pk)
        return current


def connection_restore(connection: Connection, *, actor: Actor | None = None) -> Connection:
    """Brings a deleted connection back, with one event `entity_updated`; also one that a deletion of its thing took and its restoration left.

    Raises ItemRefused when it cannot come: an end is deleted (`deleted`), the same connection exists anew (`connection_exists`), or its type is
    acyclic and it would lead back to its start (`cycle`). Raises DeletionState when it is not deleted. About ten queries.
    """
    with transaction.atomic():
        rules = catalogue_current().connections
        query("links_lock_shared", {"group": str(connection.group_id)})
        current = connection_locked(connection, deleted=True)
        rule, deleted_at = rules.get(current.type), current.deleted_at
        faults = _deleted_ends(current) or (_cycle(current) if rule is not None and rule.acyclic else [])
        if faults:
            raise ItemRefused(problems_at(0, faults))
        with _once(current):
            _write(current, deleted_at=None, deletion_id=None)
        told = {"changes": ["deletedAt"], "old": {"deletedAt": str(deleted_at)}, "new": {"deletedAt": None}}
        _record(current, "entity_updated", actor, told)
        return current


def _write(row: Connection, **values: Any) -> None:
    """Gives the locked row its values, in the table and in hand; two queries."""
    Connection.objects.filter(pk=row.pk, group=row.group_id).update(**values)
    row.refresh_from_db(fields=[*values, "updated_at"], from_queryset=Connection.objects.filter(group=row.group_id))


def _record(row: Connection, event_type: str, actor: Actor | None, told: Mapping[str, Any]) -> Event:
    """The event, on the thing that the connection starts from."""
    what = {"entityType": "connection", "connectionId": str(row.pk), "relationshipType": row.type}
    ends = {"fromEntityId": str(row.from_thing_id), "toEntityId": str(row.to_thing_id)}
    return event_record(group_of(row), event_type, actor=actor, target_id=row.from_thing_id, metadata={**what, **ends, **told})


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {FIELDS[name]: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def _deleted_ends(row: Connection) -> list[Fault]:
    """The ends that are deleted; nobody deletes one meanwhile, because deletions wait for the lock on links."""
    ends = {"from": row.from_thing, "to": row.to_thing}
    return [(field, "deleted", f"{end.name} is deleted; restore that thing first.") for field, end in ends.items() if not end.is_live]


def _cycle(row: Connection) -> list[Fault]:
    query("acyclic_lock", {"group": str(row.group_id), "type": row.type})
    start, end = str(row.from_thing_id), str(row.to_thing_id)
    existing = query("connections_reachable", {"group": row.group_id, "type": row.type, "starts": [end]})
    if not cycle_closers([(start, end)], ((one, other) for one, other in existing)):
        return []
    return [("to", "cycle", f"{row.type} from {row.from_thing} to {row.to_thing} would lead back to its start.")]


@contextmanager
def _once(row: Connection) -> Iterator[None]:
    """Turns the refusal of a second live connection of the same ends and type into its reason."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) != "connection_is_live_once":
            raise
        sentence = f"The connection {row} exists anew; delete that one first, or keep it instead."
        raise ItemRefused(problems_at(0, [("type", "connection_exists", sentence)])) from error
