"""The relationships of one thing, page by page, with the things at the other ends."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from ontology.choices import Direction
from ontology.errors import FieldRefused
from ontology.metrics.counts import COUNTED_EXACTLY_MAX
from ontology.metrics.cursors import OFFSET_MAX, cursor_id, cursor_parts, cursor_text, limit_checked
from ontology.models import Connection, Thing
from ontology.services.bulk import query

ROWS_DEFAULT = 20


@dataclass(frozen=True, slots=True)
class Relationship:
    """A connection as one of its ends sees it: whether it leads away (`outbound`) or here (`inbound`), and the thing at the other end."""

    direction: Direction
    connection: Connection
    thing: Thing


@dataclass(frozen=True, slots=True)
class RelationshipsPage:
    """A page of relationships. `total` counts all that the filters find, exactly up to COUNTED_EXACTLY_MAX; `total_is_floor`: there are more.

    `next_cursor` begins the next page, None on the last; `computation_time` is in ms.
    """

    items: list[Relationship]
    total: int
    total_is_floor: bool
    has_more: bool
    next_cursor: str | None
    last_computed: datetime
    computation_time: float

    @property
    def count(self) -> int:
        """Items of this page."""
        return len(self.items)


def thing_relationships(
    thing: Thing,
    *,
    direction: str = Direction.BOTH,
    type: str | None = None,
    limit: int = ROWS_DEFAULT,
    cursor: str | None = None,
    offset: int | None = None,
    as_of: datetime | None = None,
) -> RelationshipsPage:
    """A page of at most LIMIT (1 to 100) live connections of THING in its group: outbound before inbound, by type, inbound ones the latest first.

    CURSOR goes on where a page ended, whatever was added meanwhile; OFFSET (0 to 10,000) instead skips so many. AS_OF keeps those that hold at that
    moment: valid_from ≤ AS_OF < valid_to, open where null. A connection of a thing with itself stands in both directions.
    Raises FieldRefused for a bad direction, limit, offset or cursor. Three queries by indexes.
    """
    started, now = time.perf_counter(), timezone.now()
    chosen = _direction(direction)
    limit, offset = limit_checked(limit), _offset(offset, cursor)
    filters = {
        "group": thing.group_id,
        "thing": thing.pk,
        "outbound": chosen is not Direction.INBOUND,
        "inbound": chosen is not Direction.OUTBOUND,
        "type": type,
        "as_of": as_of,
    }
    found = query("relationships_page", {**filters, **_place(cursor, chosen), "rows": offset + limit + 1, "limit": limit + 1, "offset": offset})
    page, has_more = found[:limit], len(found) > limit
    ((outbound, inbound),) = query("relationships_count", {**filters, "rows": COUNTED_EXACTLY_MAX + 1})
    return RelationshipsPage(
        items=relationships_inlined(thing, [(id_, is_inbound) for id_, is_inbound, _, _ in page]),
        total=min(outbound + inbound, COUNTED_EXACTLY_MAX),
        total_is_floor=outbound + inbound > COUNTED_EXACTLY_MAX,
        has_more=has_more,
        next_cursor=cursor_text(*_cursor_of(page[-1])) if has_more else None,
        last_computed=now,
        computation_time=(time.perf_counter() - started) * 1000,
    )


def relationships_page(thing: Thing, direction: Direction, rows: int) -> list[Relationship]:
    """The first ROWS live connections of THING that lead in DIRECTION, uncounted; two queries by indexes."""
    filters = {"group": thing.group_id, "thing": thing.pk, "type": None, "as_of": None, **_place(None, direction)}
    sides = {"outbound": direction is not Direction.INBOUND, "inbound": direction is not Direction.OUTBOUND}
    found = query("relationships_page", {**filters, **sides, "rows": rows, "limit": rows, "offset": 0})
    return relationships_inlined(thing, [(id_, is_inbound) for id_, is_inbound, _, _ in found])


def _direction(direction: str) -> Direction:
    if direction not in Direction.values:
        raise FieldRefused("direction", f"direction must be both, inbound or outbound, not {direction!r}.")
    return Direction(direction)


def _offset(offset: int | None, cursor: str | None) -> int:
    if offset is None:
        return 0
    if cursor is not None:
        raise FieldRefused("offset", "Give either cursor or offset.")
    if not 0 <= offset <= OFFSET_MAX:
        raise FieldRefused("offset", f"offset must be 0 to {OFFSET_MAX:,}, not {offset}; a cursor leads further.")
    return offset


def _place(cursor: str | None, chosen: Direction) -> dict[str, Any]:
    """Where a page begins, as the statement takes it."""
    if cursor is None:
        return {"after_type": None, "after_key": None, "after_inbound": False}
    side, type_name, key = cursor_parts(cursor, 3)
    if side not in (Direction.INBOUND, Direction.OUTBOUND) or chosen not in (Direction.BOTH, side):
        raise FieldRefused("cursor", "The cursor is of another direction; leave it out to begin anew.")
    return {"after_type": type_name, "after_key": cursor_id(key), "after_inbound": side == Direction.INBOUND}


def _cursor_of(row: tuple[Any, ...]) -> tuple[str, str, uuid.UUID]:
    _, is_inbound, type_name, key = row
    return (Direction.INBOUND if is_inbound else Direction.OUTBOUND).value, type_name, key


def relationships_inlined(thing: Thing, found: list[tuple[uuid.UUID, bool]]) -> list[Relationship]:
    """The connections FOUND with their ends, in that order; one query, none for nothing."""
    if not found:
        return []
    rows: Mapping[uuid.UUID, Connection] = (
        Connection.objects.filter(group=thing.group_id).select_related("from_thing", "to_thing").in_bulk([id_ for id_, _ in found])
    )
    return [
        Relationship(Direction.INBOUND, row, row.from_thing) if is_inbound else Relationship(Direction.OUTBOUND, row, row.to_thing)
        for id_, is_inbound in found
        if (row := rows.get(id_)) is not None
    ]
