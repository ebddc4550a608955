"""What staff decide about rows in quarantine: repaired and released, or discarded with a reason; and about the group of a thing that had several."""

import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, TypedDict

import orjson
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from ontology.choices import LegacyKind, QuarantineState
from ontology.errors import QuarantineRefused
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.migration.export_file import Line
from ontology.migration.groups_loading import groups_load
from ontology.migration.loading import TABLES, line_read
from ontology.migration.quarantine import Refused
from ontology.migration.rows_loading import rows_load
from ontology.models import Connection, Group, QuarantinedRow, Thing, ThingKnowledge
from ontology.services.actor import Actor
from ontology.services.bulk import query
from ontology.services.platform_record import setting_record
from ontology.services.record import event_record

_CONNECTION = ("type", "metadata", "strength", "valid_from", "valid_to")
_LINK = ("role", "metadata")


class ThingToReview(TypedDict):
    """A thing in the default group whose group several rows contradict, and the groups that rows of it name."""

    id: uuid.UUID
    name: str
    type: str
    old_id: str
    groups: list[tuple[uuid.UUID, str]]


class Followed(TypedDict):
    """How many rows came along into the thing's group, were released from quarantine, or went there."""

    connections_released: int
    connections_quarantined: int
    events: int
    references: int
    knowledge: int
    links: int
    links_quarantined: int


def quarantine_discard(row: QuarantinedRow, reason: str, *, actor: Actor) -> None:
    """Says that ROW is not wanted, and why; it stays readable. Raises QuarantineRefused without a reason, or once it is decided. Five queries."""
    if not reason.strip():
        raise QuarantineRefused("Say why the row is discarded; it is the only thing that whoever asks later will find.")
    with acting(PLATFORM_SCOPE), transaction.atomic():
        _decide(_open(row), QuarantineState.DISCARDED, reason.strip(), actor)


def quarantine_release(row: QuarantinedRow, document: dict[str, Any], *, actor: Actor) -> str:
    """Writes DOCUMENT, as it was repaired, as the row that it is; a sentence that says what it became.

    A row that migration put aside becomes a whole row again under its id. A document of an export becomes a legacy row, which the next migration takes.
    Raises QuarantineRefused with what is still wrong. Some ten queries.
    """
    with acting(PLATFORM_SCOPE):
        try:
            with transaction.atomic():
                locked = _open(row)
                words = _released(locked, document, actor)
                _decide(locked, QuarantineState.RELEASED, words, actor)
                return words
        except (IntegrityError, DataError, ValidationError) as refused:
            raise QuarantineRefused(f"The row still breaks a rule: {str(refused).splitlines()[0]}") from None


def _open(row: QuarantinedRow) -> QuarantinedRow:
    found = QuarantinedRow.objects.select_for_update().get(pk=row.pk)
    if found.state != QuarantineState.OPEN:
        raise QuarantineRefused(f"The row is {found.get_state_display().lower()} already.")
    return found


def _decide(row: QuarantinedRow, state: QuarantineState, words: str, actor: Actor) -> None:
    row.state, row.decision, row.decided_at, row.decided_by = state, words, timezone.now(), actor.person
    row.save(update_fields=["state", "decision", "decided_at", "decided_by"])
    setting_record("quarantinedrow", str(row.pk), {"state": QuarantineState.OPEN.value}, {"state": state.value, "decision": words}, actor=actor)


def _released(row: QuarantinedRow, document: dict[str, Any], actor: Actor) -> str:
    if row.reason.startswith("rollback_"):
        raise QuarantineRefused("These are values from before a rollback, for reading; change the row itself, or discard them.")
    match row.kind:
        case "connection":
            return _connection(row, document, actor)
        case "link":
            return _link(row, document)
        case table if table in TABLES:
            return _legacy(table, document, actor)
    raise QuarantineRefused(f"Nothing here is made of a document of {row.kind}; download it, or discard it.")


def _connection(row: QuarantinedRow, document: dict[str, Any], actor: Actor) -> str:
    ends = {column: _whole_thing(document.get(column), column) for column in ("from_thing_id", "to_thing_id")}
    group = _one_group(ends["from_thing_id"].group, ends["to_thing_id"].group)
    fields = {name: document[name] for name in _CONNECTION if document.get(name) is not None}
    made = Connection.objects.create(id=row.row_id, group=group, **{name: thing.pk for name, thing in ends.items()}, **fields)
    told = {"entityType": "connection", "connectionId": str(made.pk), "relationshipType": made.type, "quarantine": str(row.pk)}
    event_record(group, "connection_created", actor=actor, target_id=made.from_thing_id, metadata=told)
    return f"Released as connection {made.pk} of group {group.slug}."


def _link(row: QuarantinedRow, document: dict[str, Any]) -> str:
    thing = _whole_thing(document.get("thing_id"), "thing_id")
    assert thing.group is not None
    fields = {name: document[name] for name in _LINK if document.get(name) is not None}
    made = ThingKnowledge.objects.create(id=row.row_id, group=thing.group, thing=thing, knowledge_id=str(document.get("knowledge_id")), **fields)
    return f"Released as knowledge link {made.pk} of group {thing.group.slug}."


def _whole_thing(key: Any, field: str) -> Thing:
    thing: Thing | None = None
    with suppress(ValueError):
        thing = Thing.objects.select_related("group").filter(pk=uuid.UUID(str(key)), schema_version=1).first()
    if thing is None:
        raise QuarantineRefused(f"{field}: no thing has the id {key}. Put the id of the thing that is meant.")
    return thing


def _one_group(one: Group | None, other: Group | None) -> Group:
    if one is None or other is None or one != other:
        raise QuarantineRefused(f"The things are in different groups, {one} and {other}; a connection stays within one.")
    return one


def _legacy(table: str, document: dict[str, Any], actor: Actor) -> str:
    text = orjson.dumps(document)
    line, kind = Line(table, 0, text, len(text)), TABLES[table]
    read = line_read(kind, line, timezone.now())
    if isinstance(read, Refused):
        raise QuarantineRefused(f"The document still is no row: {read.reason.replace('_', ' ')}.")
    made, repeated = groups_load([(line, read)], actor) if kind is LegacyKind.GROUP else rows_load([(line, read)])
    if repeated or not made:
        raise QuarantineRefused(f"Another document of {table} has the id {document['_id']}; give this one an id of its own.")
    return f"Released as a legacy row of {table}; the next migration takes it."


def quarantine_lines(rows: QuerySet[QuarantinedRow]) -> Iterator[bytes]:
    """ROWS as NDJSON: {id, kind, reason, state, place, row, document or text}."""
    for row in rows.iterator(500):
        told = {"id": row.pk, "kind": row.kind, "reason": row.reason, "state": row.state, "place": row.place, "row": row.row_id}
        yield orjson.dumps({**told, **({"document": row.document} if row.document is not None else {"text": row.text})}) + b"\n"


def things_to_review(most: int) -> list[ThingToReview]:
    """The first things whose group was ambiguous, at most MOST; one query."""
    return [
        ThingToReview(id=key, name=name, type=kind, old_id=old_id, groups=[(uuid.UUID(group), slug) for group, slug in orjson.loads(groups)])
        for key, name, kind, old_id, groups in query("migration_review", {"most": most})
    ]


def legacy_thing_assign(thing_id: uuid.UUID, group: Group, *, actor: Actor) -> Followed:
    """Moves a thing whose group was ambiguous or unknown into GROUP; what hangs on it follows, usage too. Two queries, and the rows' own cost.

    Raises QuarantineRefused when it is no such thing, or another of GROUP has its external id.
    """
    with acting(PLATFORM_SCOPE):
        try:
            with transaction.atomic():
                ((told,),) = query("migration_assign", {"thing": thing_id, "group": group.pk})
                if told is None:
                    raise QuarantineRefused("The thing has its group by now, or never lacked one.")
                followed: Followed = orjson.loads(told)
                event_record(group, "settings_updated", actor=actor, target_id=thing_id, metadata={"change": "legacy group", **followed})
                return followed
        except IntegrityError as refused:
            raise QuarantineRefused(f"The thing cannot come into {group.slug}: {str(refused).splitlines()[0]}") from None
