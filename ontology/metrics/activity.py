"""What happened around one thing, and what one person did: events, the latest first, page by page."""

import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils import timezone

from ontology.metrics.cursors import cursor_id, cursor_moment, cursor_parts, cursor_text, limit_checked
from ontology.models import Event, Group, Person, Thing
from ontology.services.bulk import query

ROWS_DEFAULT = 20


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """A page of events, each with its group, actor, target and person loaded (None where the row is gone or was never named).

    `next_cursor` begins the next page, None on the last; `computation_time` is in ms.
    """

    items: list[Event]
    has_more: bool
    next_cursor: str | None
    last_computed: datetime
    computation_time: float

    @property
    def count(self) -> int:
        """Items of this page."""
        return len(self.items)


@dataclass(frozen=True, slots=True)
class Around:
    """Which events a page is of: those around a thing or by a person, in GROUPS (None: all in scope), behind the place (moment, id); at most ROWS."""

    groups: list[uuid.UUID] | None
    rows: int
    thing: uuid.UUID | None = None
    person: uuid.UUID | None = None
    after: tuple[datetime, uuid.UUID] | None = None


type HotRows = list[tuple[uuid.UUID, datetime]]
type Elsewhere = Callable[[Callable[[], HotRows], Around], tuple[HotRows, list[Event]]]
"""Reads what it is given to read from the database, and beside it the events that have left it, the latest first, both as of one moment."""


def thing_activity(thing: Thing, *, limit: int = ROWS_DEFAULT, cursor: str | None = None, elsewhere: Elsewhere | None = None) -> ActivityPage:
    """A page of at most LIMIT (1 to 100) events that THING is actor or target of, with ELSEWHERE also those that have left the database.

    Raises FieldRefused for a bad limit or cursor. Two queries.
    """
    around = Around([thing.group_id] if thing.group_id else [], 0, thing=thing.pk)
    return _page("thing_activity", {"group": thing.group_id, "thing": thing.pk}, limit, cursor, around, elsewhere)


def person_activity(
    person: Person,
    *,
    groups: Iterable[Group | uuid.UUID] | None = None,
    limit: int = ROWS_DEFAULT,
    cursor: str | None = None,
    elsewhere: Elsewhere | None = None,
) -> ActivityPage:
    """A page of at most LIMIT (1 to 100) events that PERSON caused in GROUPS; None: wherever the caller's scope reaches.

    With ELSEWHERE also those that have left the database. Raises FieldRefused for a bad limit or cursor. Two queries; the cost grows with events of
    other groups in between.
    """
    ids = None if groups is None else [group.pk if isinstance(group, Group) else group for group in groups]
    return _page("person_activity", {"person": person.pk, "groups": ids}, limit, cursor, Around(ids, 0, person=person.pk), elsewhere)


def _page(name: str, where: Mapping[str, Any], limit: int, cursor: str | None, around: Around, elsewhere: Elsewhere | None) -> ActivityPage:
    started, now = time.perf_counter(), timezone.now()
    limit = limit_checked(limit)
    before, before_id = _place(cursor)

    def hot() -> HotRows:
        return query(name, {**where, "before": before, "before_id": before_id, "rows": limit + 1})

    after = None if before is None or before_id is None else (before, before_id)
    found, away = (hot(), []) if elsewhere is None else elsewhere(hot, replace(around, rows=limit + 1, after=after))
    merged = sorted({*found, *((event.pk, event.timestamp) for event in away)}, key=lambda it: (it[1], it[0]), reverse=True)
    page, has_more = merged[:limit], len(merged) > limit
    return ActivityPage(
        items=_inlined(page, around.groups, away),
        has_more=has_more,
        next_cursor=cursor_text(page[-1][1].isoformat(), page[-1][0]) if has_more else None,
        last_computed=now,
        computation_time=(time.perf_counter() - started) * 1000,
    )


def _place(cursor: str | None) -> tuple[datetime | None, uuid.UUID | None]:
    if cursor is None:
        return None, None
    moment, key = cursor_parts(cursor, 2)
    return cursor_moment(moment), cursor_id(key)


def _inlined(page: HotRows, groups: list[uuid.UUID] | None, away: list[Event]) -> list[Event]:
    """The events of PAGE with what they name, in that order; one query for those in the database, four for those AWAY, none for nothing.

    Their moments tell PostgreSQL which partitions hold them.
    """
    there = {event.pk: event for event in away}
    hot = [(id_, moment) for id_, moment in page if id_ not in there]
    by_id: dict[uuid.UUID, Event] = {}
    if hot:
        rows = Event.objects.filter(timestamp__range=(hot[-1][1], hot[0][1])).select_related("group", "actor", "target", "person")
        if groups is not None:
            rows = rows.filter(group__in=groups)
        by_id = rows.in_bulk([id_ for id_, _ in hot])
    shown = [there[id_] for id_, _ in page if id_ in there]
    if shown:
        prefetch_related_objects(shown, "group", "actor", "target", "person")
    by_id |= {event.pk: event for event in shown}
    return [by_id[id_] for id_, _ in page if id_ in by_id]
