"""Changes of things: in bulk, each with an event that says from what to what."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.utils import timezone

from ontology.catalogue.compiled import Catalogue
from ontology.choices import BulkMode
from ontology.models import Group
from ontology.services.actor import PLATFORM, Actor
from ontology.services.bulk import BulkCall, Stage, csv_text, query, write
from ontology.services.catalogue import catalogue_current
from ontology.services.event_rows import EventRow, event_rows_write
from ontology.services.record import event_record
from ontology.services.results import BulkResult
from ontology.validation.problems import Fault, problems_at, shown
from ontology.validation.thing_changes import ThingChange, changes_check, merged, same_json
from ontology.validation.values import json_text, schema_faults

STAGE = Stage("stage_thing_change", ("id", "name", "properties", "status"))


def things_update(
    group: Group,
    items: Sequence[Mapping[str, Any]],
    *,
    mode: str = BulkMode.PARTIAL,
    validate: bool = True,
    actor: Actor | None = None,
    dry_run: bool = False,
    record: bool = True,
) -> BulkResult:
    """Changes up to 10,000 things by ITEMS `{id | external_id, name?, properties?, merge?, status?, if_version?}` in one transaction.

    One `thing_updated` event per changed thing with `{changes: [fields], old: {…}, new: {…}}`, and one for the call. A thing that would not change
    is counted as skipped and written nowhere. `if_version` refuses the item when the thing has changed since. RECORD off leaves the call's event out.
    Raises TooManyItems. About ten queries, whatever the number of items.
    """
    call = BulkCall(items, mode=mode, dry_run=dry_run)
    with call.transaction():
        changes, call.problems = changes_check(items)
        changes_write(group, changes, call, catalogue_current(), validate=validate, actor=actor)
        if record and call.updated:
            event_record(group, "things_bulk_updated", actor=actor, metadata={"count": len(call.updated)})
    return call.result()


@dataclass(slots=True)
class _Current:
    """A thing as it is, locked, and as an item makes it."""

    id: str
    type: str
    name: str
    properties: Any
    status: str
    version: int
    is_deleted: bool
    old: dict[str, Any] = field(default_factory=dict)
    new: dict[str, Any] = field(default_factory=dict)

    @property
    def new_properties(self) -> str | None:
        """The properties as JSON text, None when they stay: what is stored may hold numbers that Python would round."""
        return orjson.dumps(self.properties).decode() if "properties" in self.new else None

    def turn(self, name: str, value: Any) -> None:
        """Sets a field, keeping what it was."""
        if not same_json(getattr(self, name), value):
            self.old[name], self.new[name] = getattr(self, name), value
            setattr(self, name, value)


def changes_write(group: Group, changes: Sequence[ThingChange], call: BulkCall, catalogue: Catalogue, *, validate: bool, actor: Actor | None) -> None:
    """Applies CHANGES inside the call's transaction: locks the things in the order of their ids, so that two calls never wait for each other."""
    if not changes:
        return
    by_id, by_external_id = _locked(group, changes)
    seen: set[str] = set()
    turned: list[_Current] = []
    for change in changes:
        thing = by_id.get(change.id) if change.id else by_external_id.get(change.external_id or "")
        faults = _applied(change, thing, seen, catalogue, validate=validate)
        call.problems += problems_at(change.index, faults)
        if thing is None or faults:
            continue
        if thing.new:
            turned.append(thing)
        else:
            call.skipped += 1
    if turned:
        STAGE.fill(f"{t.id},{csv_text(t.name)},{csv_text(t.new_properties)},{t.status}\n" for t in turned)
        write("things_update", {"group": group.pk})
        call.update_events, _ = event_rows_write(group, list(_events(group, turned, actor or PLATFORM)))
        call.updated = [thing.id for thing in turned]


def _locked(group: Group, changes: Sequence[ThingChange]) -> tuple[dict[str, _Current], dict[str, _Current]]:
    found = query(
        "things_lock",
        {
            "group": group.pk,
            "ids": [change.id for change in changes if change.id],
            "external_ids": [change.external_id for change in changes if change.external_id],
        },
    )
    by_id: dict[str, _Current] = {}
    by_external_id: dict[str, _Current] = {}
    for external_id, id_, type_name, name, properties, status, version, is_deleted in found:
        by_id[id_] = _Current(id_, type_name, name, orjson.loads(properties), status, version, is_deleted)
        if external_id is not None:
            by_external_id[external_id] = by_id[id_]
    return by_id, by_external_id


def _applied(change: ThingChange, thing: _Current | None, seen: set[str], catalogue: Catalogue, *, validate: bool) -> list[Fault]:
    """Turns THING by CHANGE, or says why not."""
    key = "id" if change.id else "external_id"
    if thing is None:
        return [(key, "not_found", f"There is no thing with {key} {shown(change.id or change.external_id)} in this group.")]
    if thing.id in seen:
        return [(key, "duplicate_in_call", f"The thing {thing.id} is changed twice in this call.")]
    seen.add(thing.id)
    if thing.is_deleted:
        return [(key, "deleted", f"The thing {thing.id} is deleted; restore it first.")]
    if change.type is not None and change.type != thing.type:
        return [("type", "type_differs", f"The thing {thing.id} is of type {thing.type}; a thing keeps its type.")]
    if change.if_version is not None and change.if_version != thing.version:
        return [
            ("if_version", "changed_meanwhile", f"The thing {thing.id} is at version {thing.version}, not {change.if_version}: someone changed it.")
        ]
    properties = thing.properties
    if change.properties is not None:
        properties = merged(thing.properties, change.properties) if change.merge else change.properties
    rule = catalogue.things.get(thing.type)
    if not same_json(properties, thing.properties):
        faults = json_text("properties", properties)[1]
        if validate and rule is not None and not faults:
            faults = schema_faults("properties", properties, rule.validator)
        if faults:
            return faults
    thing.turn("properties", properties)
    thing.turn("name", thing.name if change.name is None else change.name)
    thing.turn("status", thing.status if change.status is None else change.status)
    return []


def _events(group: Group, things: Sequence[_Current], actor: Actor) -> Iterator[EventRow]:
    now, by, actor_id = timezone.now(), actor.as_metadata(), actor.thing_in(group.pk)
    for thing in things:
        metadata = {"entityType": thing.type, "changes": list(thing.new), "old": thing.old, "new": thing.new, "by": by}
        yield EventRow(
            type="thing_updated",
            actor_id=actor_id,
            target_id=thing.id,
            person_id=actor.person.pk if actor.person else None,
            timestamp=now,
            metadata=orjson.dumps(metadata).decode(),
        )
