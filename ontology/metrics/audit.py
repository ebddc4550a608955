"""The audit trail of one thing: who did what, through which door, and all its connections, deleted ones included."""

import uuid
from dataclasses import dataclass

from ontology.choices import Direction
from ontology.metrics.activity import ActivityPage, Elsewhere, thing_activity
from ontology.metrics.cursors import cursor_id, cursor_parts, cursor_text
from ontology.metrics.relationships import Relationship, RelationshipsPage, relationships_inlined, thing_relationships
from ontology.metrics.trail import Entry, entries
from ontology.models import Thing
from ontology.services.bulk import query

ROWS_DEFAULT = 50


@dataclass(frozen=True, slots=True)
class DeletedPage:
    """A page of deleted connections, the latest made first; `next_cursor` begins the next one, None on the last."""

    items: list[Relationship]
    has_more: bool
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """A thing, a page of its events read out, and pages of its live and its deleted connections, each with a cursor of its own."""

    thing: Thing
    entries: list[Entry]
    events: ActivityPage
    connections: RelationshipsPage
    deleted_connections: DeletedPage


def thing_audit(
    thing: Thing,
    *,
    limit: int = ROWS_DEFAULT,
    cursor: str | None = None,
    connections_cursor: str | None = None,
    deleted_cursor: str | None = None,
    elsewhere: Elsewhere | None = None,
) -> AuditTrail:
    """The trail of THING, at most LIMIT (1 to 100) rows of each kind: events by it or on it, the latest first, and its connections.

    Each list goes on by its own cursor; with ELSEWHERE events that have left the database are among them. Raises FieldRefused for a bad limit or cursor. At most eight queries, all by indexes.
    """
    events = thing_activity(thing, limit=limit, cursor=cursor, elsewhere=elsewhere)
    return AuditTrail(
        thing=thing,
        entries=entries(events.items),
        events=events,
        connections=thing_relationships(thing, limit=limit, cursor=connections_cursor),
        deleted_connections=_deleted(thing, limit, deleted_cursor),
    )


def _deleted(thing: Thing, limit: int, cursor: str | None) -> DeletedPage:
    before: uuid.UUID | None = None
    if cursor is not None:
        _, key = cursor_parts(cursor, 2, field="deleted_cursor")
        before = cursor_id(key, field="deleted_cursor")
    found = query("connections_deleted", {"group": thing.group_id, "thing": thing.pk, "before_id": before, "rows": limit + 1})
    page, has_more = found[:limit], len(found) > limit
    return DeletedPage(
        items=relationships_inlined(thing, [(id_, inbound) for id_, inbound in page]),
        has_more=has_more,
        next_cursor=cursor_text(Direction.BOTH.value, page[-1][0]) if has_more else None,
    )
