"""Timelines: events by day, the latest first, drawn by templates/admin/parts/timeline.html."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from ontology.admin.parts import NOTHING, Cell, json_line, page_url, row_cell
from ontology.models import Event, Thing

NOTE_LETTERS = 120


@dataclass(frozen=True, slots=True)
class Moment:
    """An event of a timeline; `actor` or `target` is None where the event names none."""

    time: Cell
    type: str
    actor: Cell | None
    target: Cell | None
    note: str


@dataclass(frozen=True, slots=True)
class TimelineDay:
    """A UTC day with its events."""

    day: str
    moments: Sequence[Moment]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Events by day, what to say when there are none, and the full list behind them."""

    title: str
    days: Sequence[TimelineDay]
    empty: str
    more_url: str = ""
    more_text: str = ""
    note: str = ""


def timeline_days(events: Iterable[Event]) -> list[TimelineDay]:
    """EVENTS, the latest first and with their actor and target loaded, by day."""
    days = groupby(events, key=lambda event: f"{event.timestamp:%Y-%m-%d}")
    return [TimelineDay(day, [_moment(event) for event in found]) for day, found in days]


def _moment(event: Event) -> Moment:
    told = {key: value for key, value in event.metadata.items() if key != "by"} if isinstance(event.metadata, dict) else event.metadata
    return Moment(
        time=Cell(f"{event.timestamp:%H:%M:%S}", page_url(Event, event.pk)),
        type=event.type,
        actor=_end(event.actor, event.actor_id) or (row_cell(event.person, event.person_id) if event.person_id else None),
        target=_end(event.target, event.target_id),
        note=json_line(told, letters=NOTE_LETTERS) if told else "",
    )


def _end(thing: Thing | None, key: object) -> Cell | None:
    found = row_cell(thing, key)
    return None if found.text == NOTHING else found
