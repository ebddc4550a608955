"""What a thing is, and what lies around it: its connections and latest events, a few of each, with links to the whole lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from ontology.admin.graph import Graph, neighbourhood
from ontology.admin.parts import NOTHING, Cell, Fact, Table, list_url, moment_text, page_url, row_cell
from ontology.admin.timeline import Timeline, timeline_days
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


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What lies around a thing: the graph of its neighbourhood, the same connections as tables, and its latest events."""

    graph: Graph
    tables: Sequence[Table]
    timeline: Timeline


def thing_neighbours(thing: Thing) -> Neighbours:
    """The neighbourhood and the latest events of THING; four queries."""
    outbound, inbound = _connections(thing, inbound=False), _connections(thing, inbound=True)
    tables = [_table(thing, outbound, inbound=False), _table(thing, inbound, inbound=True)]
    return Neighbours(neighbourhood(thing, inbound, outbound), tables, _events(thing))


def last_editor_sentence(thing: Thing) -> str:
    """Who changed the thing last, and when, as a sentence for an editor who came too late; one query."""
    lost = "What you see is what you typed; nothing of it was saved. Open the page anew to see what stands there now."
    latest = Event.objects.filter(group=thing.group, target_id=thing.pk, type="thing_updated").select_related("person").order_by("-timestamp").first()
    if latest is None:
        return f"This thing was changed meanwhile by somebody else. {lost}"
    who = str(latest.person) if latest.person else "a program"
    return f"This thing was changed meanwhile by {who} ({moment_text(latest.timestamp)} UTC). {lost}"


def _connections(thing: Thing, *, inbound: bool) -> list[Connection]:
    """The latest live connections, one more than is shown."""
    near, far = ("to_thing", "from_thing") if inbound else ("from_thing", "to_thing")
    rows = Connection.objects.filter(group=thing.group, **{near: thing}).live().select_related(far).order_by("-id")
    return list(rows[: CONNECTIONS_SHOWN + 1])


def _table(thing: Thing, found: Sequence[Connection], *, inbound: bool) -> Table:
    near, far = ("to_thing", "from_thing") if inbound else ("from_thing", "to_thing")
    more = list_url(Connection, **{f"{near}__id__exact": thing.pk}) if len(found) > CONNECTIONS_SHOWN else ""
    return Table(
        title="Inbound connections" if inbound else "Outbound connections",
        columns=("Type", "From" if inbound else "To", "Valid from (UTC)"),
        rows=[_connection_row(row, getattr(row, far), getattr(row, f"{far}_id")) for row in found[:CONNECTIONS_SHOWN]],
        empty="Nothing leads here." if inbound else "Nothing leads from here.",
        more_url=more,
        more_text="All inbound connections" if inbound else "All outbound connections",
        note=f"The latest {CONNECTIONS_SHOWN}." if more else "",
    )


def _connection_row(row: Connection, other: Thing | None, key: object) -> Sequence[Cell]:
    return (Cell(row.type, page_url(Connection, row.pk), kind="code"), row_cell(other, key), Cell(moment_text(row.valid_from), kind="number"))


def _events(thing: Thing) -> Timeline:
    """By actor and by target in one query each: an OR of the two would use neither index."""
    events = Event.objects.filter(group=thing.group).select_related("actor", "target", "person").order_by("-timestamp", "-id")
    found = {event.pk: event for event in (*events.filter(actor=thing)[:EVENTS_SHOWN], *events.filter(target=thing)[:EVENTS_SHOWN])}
    latest = islice(sorted(found.values(), key=lambda event: (event.timestamp, event.pk), reverse=True), EVENTS_SHOWN)
    by_it = any(event.actor_id == thing.pk for event in found.values())
    filters = {"actor__id__exact" if by_it else "target__id__exact": thing.pk, "group__id__exact": thing.group_id}
    return Timeline(
        title="Latest events",
        days=timeline_days(latest),
        empty="Nothing has happened to it.",
        more_url=list_url(Event, **filters) if len(found) >= EVENTS_SHOWN else "",
        more_text="All events it did" if by_it else "All events on it",
        note=f"The latest {EVENTS_SHOWN}, by it or on it; UTC." if len(found) >= EVENTS_SHOWN else "By it or on it; UTC.",
    )
