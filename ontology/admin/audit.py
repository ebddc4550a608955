"""The audit trail of a thing as a page shows it, and what a single event says of who, through which door, and from what to what."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from ontology.admin.listing import as_uuid
from ontology.admin.parts import NOTHING, Cell, Fact, Table, json_line, moment_text, page_url, row_cell
from ontology.choices import Direction, Door
from ontology.metrics import AuditTrail, Change, Elsewhere, Entry, Relationship, thing_audit
from ontology.models import Connection, Event, Knowledge, Thing

ROWS = 25
VALUE_LETTERS = 200
DOORS = {
    Door.ADMIN: ("blue", "Admin session"),
    Door.API: ("green", "API"),
    Door.COMMAND: ("grey", "Command"),
    Door.TASK: ("grey", "Task"),
    Door.CODE: ("grey", "Program"),
    Door.ACCOUNT: ("blue", "Account pages"),
}


ENDS = {"fromEntityId": "from", "toEntityId": "to"}
TOLD_ELSEWHERE = {"by", "old", "new", "changes", "entityType", "connectionId", "relationshipType", "knowledgeId", "knowledgeType", *ENDS}
"""Keys of an event's metadata that have a place of their own in what is shown."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One field of a change: what it was and what it became."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Act:
    """An event as people read it; `role` says what the thing of the page was in it."""

    when: Cell
    type: str
    who: Cell
    email: str
    door: str
    door_colour: str
    request: str
    role: str
    facts: Sequence[Fact]
    turns: Sequence[Turn]
    more: bool


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the trail: its acts, the address of older ones, and the tables of connections."""

    thing: Cell
    acts: Sequence[Act]
    older_url: str
    newest_url: str
    tables: Sequence[Table]


def audit_url(thing: Thing, **places: str) -> str:
    """The address of a thing's audit trail, from a place of its lists on."""
    url = reverse("admin:ontology_thing_audit", args=[thing.pk])
    return f"{url}?{urlencode(places)}" if places else url


def audit_page(thing: Thing, places: Mapping[str, str], elsewhere: Elsewhere | None = None) -> AuditPage:
    """The trail of THING from the PLACES `events`, `connections`, `deleted` (cursors) on. Raises FieldRefused for a bad one. At most nine queries."""
    at = {name: places[name] for name in ("events", "connections", "deleted") if places.get(name)}
    trail = thing_audit(
        thing,
        limit=ROWS,
        cursor=at.get("events"),
        connections_cursor=at.get("connections"),
        deleted_cursor=at.get("deleted"),
        elsewhere=elsewhere,
    )
    older = trail.events.next_cursor
    return AuditPage(
        thing=row_cell(thing, thing.pk),
        acts=_acts(trail),
        older_url=audit_url(thing, **{**at, "events": older}) if older else "",
        newest_url=audit_url(thing, **{name: place for name, place in at.items() if name != "events"}) if "events" in at else "",
        tables=_tables(trail, at),
    )


def _acts(trail: AuditTrail) -> list[Act]:
    """The events, with the names of the things at the ends of the connections that they tell of; one query, none without such."""
    named = {
        key for entry in trail.entries for name in ENDS if (key := as_uuid(str(entry.event.metadata.get(name, "")))) not in (None, trail.thing.pk)
    }
    names = dict(Thing.objects.filter(group=trail.thing.group_id, pk__in=named).values_list("pk", "name")) if named else {}
    return [act(entry, trail.thing, names) for entry in trail.entries]


def act(entry: Entry, thing: Thing | None = None, names: Mapping[uuid.UUID, str] = MappingProxyType({})) -> Act:
    """An event read out, seen from THING if one is given; NAMES are those of other things that it tells of."""
    event = entry.event
    colour, door = DOORS.get(Door(entry.door), ("grey", entry.door)) if entry.door else ("grey", "")
    if entry.door == Door.API and entry.token_id is not None:
        door = f"API token {entry.token_prefix}…" if entry.token_prefix else "API token"
    if entry.sent:
        door = f"{door}, as a client told it"
    return Act(
        when=Cell(moment_text(event.timestamp), page_url(Event, event.pk)),
        type=event.type,
        who=_who(entry),
        email=entry.email if entry.email != entry.who else "",
        door=door,
        door_colour=colour,
        request=entry.request_id,
        role=_role(event, thing),
        facts=_facts(event.metadata, thing, names),
        turns=[_turn(change) for change in entry.changes],
        more=entry.changes_left_out,
    )


def act_block(entry: Entry) -> SafeString:
    """The changes of one event, as a block of its page."""
    return render_to_string("admin/parts/turns.html", {"act": act(entry)})


def value_text(value: Any) -> str:
    """A value in one short line."""
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else json_line(value, letters=VALUE_LETTERS)
    return text if len(text) <= VALUE_LETTERS else f"{text[:VALUE_LETTERS]}…"


def _who(entry: Entry) -> Cell:
    if entry.event.person is not None:
        return row_cell(entry.event.person, entry.event.person_id)
    return Cell(f"Person {entry.who}" if entry.who else "The platform")


def _role(event: Event, thing: Thing | None) -> str:
    if thing is None or event.target_id == thing.pk:
        return ""
    return f"on {event.target}" if event.target is not None else "by it"


def _facts(metadata: Any, thing: Thing | None, names: Mapping[uuid.UUID, str]) -> list[Fact]:
    """What the metadata says besides who and what changed: rows it is about, names, counts, reasons; never whole objects."""
    if not isinstance(metadata, Mapping):
        return []
    plain = [(key, value) for key, value in metadata.items() if key not in TOLD_ELSEWHERE and value not in ("", None, 0, [], {})]
    return [*_rows(metadata, thing, names), *(Fact(key, Cell(value_text(value))) for key, value in plain if not isinstance(value, Mapping))]


def _rows(metadata: Mapping[str, Any], thing: Thing | None, names: Mapping[uuid.UUID, str]) -> Iterator[Fact]:
    """The connection or piece of knowledge that an event tells of."""
    for label, model, key, kind in (
        ("connection", Connection, "connectionId", "relationshipType"),
        ("knowledge", Knowledge, "knowledgeId", "knowledgeType"),
    ):
        found = as_uuid(str(metadata.get(key, "")))
        if found is not None:
            yield Fact(label, Cell(str(metadata.get(kind) or found), page_url(model, found)))
    for key, label in ENDS.items():
        end = as_uuid(str(metadata.get(key, "")))
        if end is not None and (thing is None or end != thing.pk):
            yield Fact(label, Cell(names.get(end, str(end)), page_url(Thing, end)))


def _turn(change: Change) -> Turn:
    return Turn(change.field, value_text(change.old) if change.had else NOTHING, value_text(change.new) if change.has else NOTHING)


def _tables(trail: AuditTrail, at: Mapping[str, str]) -> list[Table]:
    live, deleted = trail.connections, trail.deleted_connections
    total = f"{live.total:,}" if not live.total_is_floor else f"More than {live.total:,}"
    return [
        Table(
            title="Deleted connections",
            columns=("Type", "Direction", "Thing", "Deleted (UTC)"),
            rows=[(*_relationship(row), Cell(moment_text(row.connection.deleted_at), kind="number")) for row in deleted.items],
            empty="No connection of it was ever deleted." if "deleted" not in at else "No more.",
            more_url=audit_url(trail.thing, **{**at, "deleted": deleted.next_cursor}) if deleted.next_cursor else "",
            more_text="Further deleted connections",
        ),
        Table(
            title="Live connections",
            columns=("Type", "Direction", "Thing", "Made (UTC)"),
            rows=[(*_relationship(row), Cell(moment_text(row.connection.created_at), kind="number")) for row in live.items],
            empty="Nothing is connected with it.",
            more_url=audit_url(trail.thing, **{**at, "connections": live.next_cursor}) if live.next_cursor else "",
            more_text="Further connections",
            note=f"{total} in all." if live.total else "",
        ),
    ]


def _relationship(row: Relationship) -> tuple[Cell, Cell, Cell]:
    leads = "from here" if row.direction is Direction.OUTBOUND else "to here"
    return Cell(row.connection.type, page_url(Connection, row.connection.pk), kind="code"), Cell(leads), row_cell(row.thing, row.thing.pk)
