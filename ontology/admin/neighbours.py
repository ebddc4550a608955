"""What a thing is, and what lies around it: its connections and latest events, a few of each, with links to the whole lists."""

from collections.abc import Sequence
from itertools import islice

from ontology.admin.parts import NOTHING, Cell, Fact, Table, list_url, metadata_line, moment_text, page_url, row_cell
from ontology.models import Connection, Event, Thing

CONNECTIONS_SHOWN = 10
EVENTS_SHOWN = 20


def thing_facts(thing: Thing) -> list[Fact]:
    """What the form does not hold: where a thing belongs, what names it, and its moments."""
    removed = [Fact("Deleted (UTC)", Cell(moment_text(thing.deleted_at), kind="number"))] if thing.deleted_at else []
    return [
        Fact("Group", row_cell(thing.group, thing.group_id)),
        Fact("Type", Cell(thing.type, kind="code")),
        Fact("External id", Cell(thing.external_id or NOTHING)),
        Fact("Id", Cell(str(thing.pk), kind="code")),
        Fact("Version", Cell(f"{thing.version:,}", kind="number")),
        Fact("Made (UTC)", Cell(moment_text(thing.created_at), kind="number")),
        Fact("Last changed (UTC)", Cell(moment_text(thing.updated_at), kind="number")),
        *removed,
    ]


def thing_tables(thing: Thing) -> list[Table]:
    """Inbound and outbound connections and the latest events of a thing; four queries."""
    return [_connections(thing, inbound=False), _connections(thing, inbound=True), _events(thing)]


def last_editor_sentence(thing: Thing) -> str:
    """Who changed the thing last, and when, as a sentence for an editor who came too late; one query."""
    lost = "What you see is what you typed; nothing of it was saved. Open the page anew to see what stands there now."
    latest = Event.objects.filter(group=thing.group, target_id=thing.pk, type="thing_updated").select_related("person").order_by("-timestamp").first()
    if latest is None:
        return f"This thing was changed meanwhile by somebody else. {lost}"
    who = str(latest.person) if latest.person else "a program"
    return f"This thing was changed meanwhile by {who} ({moment_text(latest.timestamp)} UTC). {lost}"


def _connections(thing: Thing, *, inbound: bool) -> Table:
    near, far = ("to_thing", "from_thing") if inbound else ("from_thing", "to_thing")
    rows = Connection.objects.filter(group=thing.group, **{near: thing}).live().select_related(far).order_by("-id")[: CONNECTIONS_SHOWN + 1]
    found = list(rows)
    shown = [_connection_row(row, getattr(row, far), getattr(row, f"{far}_id")) for row in found[:CONNECTIONS_SHOWN]]
    more = list_url(Connection, **{f"{near}__id__exact": thing.pk}) if len(found) > CONNECTIONS_SHOWN else ""
    return Table(
        title="Inbound connections" if inbound else "Outbound connections",
        columns=("Type", "From" if inbound else "To", "Valid from (UTC)"),
        rows=shown,
        empty="Nothing leads here." if inbound else "Nothing leads from here.",
        more_url=more,
        more_text="All inbound connections" if inbound else "All outbound connections",
        note=f"The latest {CONNECTIONS_SHOWN}." if more else "",
    )


def _connection_row(row: Connection, other: Thing | None, key: object) -> Sequence[Cell]:
    return (Cell(row.type, page_url(Connection, row.pk), kind="code"), row_cell(other, key), Cell(moment_text(row.valid_from), kind="number"))


def _events(thing: Thing) -> Table:
    """By actor and by target in one query each: an OR of the two would use neither index."""
    events = Event.objects.filter(group=thing.group).select_related("actor", "target").order_by("-timestamp", "-id")
    found = {event.pk: event for event in (*events.filter(actor=thing)[:EVENTS_SHOWN], *events.filter(target=thing)[:EVENTS_SHOWN])}
    latest = islice(sorted(found.values(), key=lambda event: (event.timestamp, event.pk), reverse=True), EVENTS_SHOWN)
    by_it = any(event.actor_id == thing.pk for event in found.values())
    filters = {"actor__id__exact" if by_it else "target__id__exact": thing.pk, "group__id__exact": thing.group_id}
    return Table(
        title="Latest events",
        columns=("When (UTC)", "Type", "Actor", "Target", "Metadata"),
        rows=[_event_row(event) for event in latest],
        empty="Nothing has happened to it.",
        more_url=list_url(Event, **filters) if len(found) >= EVENTS_SHOWN else "",
        more_text="All events it did" if by_it else "All events on it",
        note=f"The latest {EVENTS_SHOWN}, by it or on it." if len(found) >= EVENTS_SHOWN else "",
    )


def _event_row(event: Event) -> Sequence[Cell]:
    return (
        Cell(moment_text(event.timestamp), page_url(Event, event.pk), kind="number"),
        Cell(event.type, kind="code"),
        row_cell(event.actor, event.actor_id),
        row_cell(event.target, event.target_id),
        Cell(metadata_line(event.metadata), kind="json"),
    )
