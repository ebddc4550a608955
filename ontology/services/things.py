"""Writes of things: insert in bulk, with or without changing what is there already."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ontology.choices import BulkMode, OnConflict, ThingStatus
from ontology.ids import uuid7_batch
from ontology.models import Group
from ontology.services.actor import Actor
from ontology.services.bulk import BulkCall, Stage, csv_plain, csv_text, query, write, write_whole
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
        rows = things_check(items, catalogue, call.problems, default_status=default_status, validate=validate, unique=not skipping)
        taken = _insert(group, rows, call)
        match OnConflict(on_conflict):
            case OnConflict.ERROR:
                call.problems += _taken_by_bad_items(group, items, call.problems)
                call.problems += [_taken(place, items, deleted=deleted) for place, _, deleted in taken]
            case OnConflict.SKIP:
                call.skipped = len(taken)
            case OnConflict.UPDATE:
                changes = [change_of_insert(place, items[place], other) for place, other, deleted in taken if other is not None and not deleted]
                call.problems += [_taken(place, items, deleted=deleted) for place, other, deleted in taken if other is None or deleted]
                changes_write(group, changes, call, catalogue, validate=validate, actor=actor)
        if record and call.created:
            event_record(group, "things_bulk_created", actor=actor, metadata={"count": len(call.created)})
    return call.result()


def _insert(group: Group, checked: Iterator[ThingRow], call: BulkCall) -> list[tuple[int, str | None, bool]]:
    """Writes rows as they are CHECKED, so that the server takes some in while others are looked at; the places of those whose external_id is taken.

    Each comes with the id of the thing that has it (None when this transaction's snapshot is too old to see it) and whether that one is deleted.
    No row is held longer than it takes to send it: holding 10,000 cost a tenth of the call.
    """
    ids, places = uuid7_batch(call.total), list[int]()
    STAGE.fill(_lines(checked, ids, places))
    taken: dict[str, tuple[str | None, bool]] = {}
    if not write_whole("things_insert", {"group": group.pk}):
        write("things_insert_rest", {"group": group.pk})
        taken = {id_: (other, deleted) for id_, other, deleted in query("things_not_inserted", {"group": group.pk})}
    places.sort()
    call.created = [ids[place] for place in places if ids[place] not in taken]
    return [(place, *taken[ids[place]]) for place in places if ids[place] in taken]


def _lines(checked: Iterator[ThingRow], ids: Sequence[str], places: list[int]) -> Iterator[str]:
    for row in checked:
        places.append(row.place)
        text = f"{csv_text(row.name)},{csv_text(row.properties)},{row.status},{csv_text(row.external_id)}"
        yield f"{ids[row.place]},{row.type},{text},{csv_plain(row.created_at)}\n"


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
    return [_taken(index, items, deleted=deleted[value]) for index, value in sorted(wanted.items()) if value in deleted]


def _taken(index: int, items: Sequence[Mapping[str, Any]], *, deleted: bool) -> Problem:
    external_id = items[index]["external_id"]
    if deleted:
        sentence = f"external_id {shown(external_id)} belongs to a deleted thing of this group; restore that one, or choose another."
        return Problem(index, "external_id", "external_id_deleted", sentence)
    return Problem(index, "external_id", "external_id_taken", f"external_id {shown(external_id)} is taken in this group.")
