"""Writes of things: insert in bulk, with or without changing what is there already."""

from collections.abc import Mapping, Sequence
from typing import Any

from ontology.choices import BulkMode, OnConflict, ThingStatus
from ontology.ids import uuid7_batch
from ontology.models import Group
from ontology.services.actor import Actor
from ontology.services.bulk import BulkCall, Stage, csv_plain, csv_text, query, write
from ontology.services.catalogue import catalogue_current
from ontology.services.record import event_record
from ontology.services.results import BulkResult
from ontology.services.thing_changes import changes_write
from ontology.validation import Problem
from ontology.validation.problems import shown
from ontology.validation.thing_changes import change_of_insert
from ontology.validation.things import ThingRow, things_check

STAGE = Stage("stage_thing", ("id", "type", "name", "properties", "status", "external_id", "created_at"))


def things_insert(
    group: Group,
    items: Sequence[Mapping[str, Any]],
    *,
    mode: str = BulkMode.PARTIAL,
    on_conflict: str = OnConflict.ERROR,
    default_status: str = ThingStatus.DRAFT,
    validate: bool = True,
    actor: Actor | None = None,
    dry_run: bool = False,
    record: bool = True,
) -> BulkResult:
    """Writes up to 10,000 ITEMS `{type, name, properties?, status?, external_id?, created_at?}` into GROUP as one transaction and one event.

    An item whose external_id is taken is an error, left as it is (`skip`), or changes that thing (`update`: name, properties, and status when given).
    VALIDATE off skips the JSON Schemas, for trusted callers; the database's own rules stay. RECORD off leaves the event to the caller (an import).
    Raises TooManyItems. About ten queries, whatever the number of items.
    """
    call = BulkCall(items, mode=mode, dry_run=dry_run)
    skipping = OnConflict(on_conflict) is OnConflict.SKIP
    with call.transaction():
        catalogue = catalogue_current()
        rows, call.problems = things_check(items, catalogue, default_status=default_status, validate=validate, unique=not skipping)
        match OnConflict(on_conflict):
            case OnConflict.ERROR:
                call.problems += _taken_by_bad_items(group, items, call.problems)
                call.problems += [_taken(row.place, row.external_id, deleted=deleted) for row, _, deleted in _insert(group, rows, call)]
            case OnConflict.SKIP:
                call.skipped = len(_insert(group, rows, call))
            case OnConflict.UPDATE:
                taken = _insert(group, rows, call)
                changes = [change_of_insert(row, items[row.place], other) for row, other, deleted in taken if other is not None and not deleted]
                call.problems += [_taken(row.place, row.external_id, deleted=deleted) for row, other, deleted in taken if other is None or deleted]
                changes_write(group, changes, call, catalogue, validate=validate, actor=actor)
        if record and call.created:
            event_record(group, "things_bulk_created", actor=actor, metadata={"count": len(call.created)})
    return call.result()


def _insert(group: Group, rows: Sequence[ThingRow], call: BulkCall) -> list[tuple[ThingRow, str | None, bool]]:
    """Writes ROWS; those whose external_id is taken, each with the id of the thing that has it (None when this transaction's snapshot is too old
    to see it) and whether that one is deleted.
    """
    if not rows:
        return []
    ids = uuid7_batch(len(rows))
    STAGE.fill(
        f"{id_},{row.type},{csv_text(row.name)},{csv_text(row.properties)},{row.status},{csv_text(row.external_id)},{csv_plain(row.created_at)}\n"
        for id_, row in sorted(zip(ids, rows, strict=True), key=lambda pair: pair[1].external_id or "")
    )
    if write("things_insert", {"group": group.pk}) == len(rows):
        call.created = ids
        return []
    taken = {id_: (other, deleted) for id_, other, deleted in query("things_not_inserted", {"group": group.pk})}
    call.created = [id_ for id_ in ids if id_ not in taken]
    return [(row, *taken[id_]) for id_, row in zip(ids, rows, strict=True) if id_ in taken]


def _taken_by_bad_items(group: Group, items: Sequence[Mapping[str, Any]], problems: Sequence[Problem]) -> list[Problem]:
    """The taken external ids of items that are refused for other reasons, so that the answer names all that is wrong with them."""
    bad = {problem.index for problem in problems if problem.code != "not_object"} - {
        problem.index for problem in problems if problem.field == "external_id"
    }
    wanted = {index: items[index].get("external_id") for index in bad}
    if not any(wanted.values()):
        return []
    found = query("things_by_external_id", {"group": group.pk, "external_ids": [value for value in wanted.values() if value]})
    deleted = dict(found)
    return [_taken(index, value, deleted=deleted[value]) for index, value in sorted(wanted.items()) if value in deleted]


def _taken(index: int, external_id: str | None, *, deleted: bool) -> Problem:
    if deleted:
        sentence = f"external_id {shown(external_id)} belongs to a deleted thing of this group; restore that one, or choose another."
        return Problem(index, "external_id", "external_id_deleted", sentence)
    return Problem(index, "external_id", "external_id_taken", f"external_id {shown(external_id)} is taken in this group.")
