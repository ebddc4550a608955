"""What happened around one thing, and what one person did: events, the latest first, page by page."""

import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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


def thing_activity(thing: Thing, *, limit: int = ROWS_DEFAULT, cursor: str | None = None) -> ActivityPage:
    """A page of at most LIMIT (1 to 100) events that THING is actor or target of. Raises FieldRefused for a bad limit or cursor. Two queries."""
    return _page("thing_activity", {"group": thing.group_id, "thing": thing.pk}, limit, cursor, groups=[thing.group_id] if thing.group_id else [])


def person_activity(
    person: Person, *, groups: Iterable[Group | uuid.UUID] | None = None, limit: int = ROWS_DEFAULT, cursor: str | None = None
) -> ActivityPage:
    """A page of at most LIMIT (1 to 100) events that PERSON caused in GROUPS; None: wherever the caller's scope reaches.

    Raises FieldRefused for a bad limit or cursor. Two queries; the cost grows with events of other groups in between.
    """
    ids = None if groups is None else [group.pk if isinstance(group, Group) else group for group in groups]
    return _page("person_activity", {"person": person.pk, "groups": ids}, limit, cursor, groups=ids)


def _page(name: str, where: Mapping[str, Any], limit: int, cursor: str | None, *, groups: list[uuid.UUID] | None) -> ActivityPage:
    started, now = time.perf_counter(), timezone.now()
    limit = limit_checked(limit)
    before, before_id = _place(cursor)
    found = query(name, {**where, "before": before, "before_id": before_id, "rows": limit + 1})
    page, has_more = found[:limit], len(found) > limit
    return ActivityPage(
        items=_inlined(page, groups),
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


def _inlined(found: list[tuple[uuid.UUID, datetime]], groups: list[uuid.UUID] | None) -> list[Event]:
    """The events FOUND with what they name, in that order; one query, none for nothing. Their moments tell PostgreSQL which partitions hold them."""
    if not found:
        return []
    rows = Event.objects.filter(timestamp__range=(found[-1][1], found[0][1])).select_related("group", "actor", "target", "person")
    if groups is not None:
        rows = rows.filter(group__in=groups)
    by_id = rows.in_bulk([id_ for id_, _ in found])
    return [by_id[id_] for id_, _ in found if id_ in by_id]
