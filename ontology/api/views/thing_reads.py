"""groups/{slug}/things/{id}/relationships/, activity/, audit/: reads computed from rows."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpResponse

from ontology.api.answers import answer
from ontology.api.endpoint import GroupEndpoint
from ontology.api.nouns import DELETED
from ontology.api.operations import describes
from ontology.api.pages import CURSOR, LIMIT
from ontology.api.parameters import Parameter, parameters_refused
from ontology.api.rows import entry_told, event_told, relationship_told, thing_in_short
from ontology.api.shapes import reads as shapes
from ontology.api.shapes.examples import AUDIT_ENTRY, CONNECTION, EVENT, THING
from ontology.api.views.things import TAG, THINGS
from ontology.choices import Direction, Right
from ontology.errors import FieldRefused
from ontology.metrics import Elsewhere, thing_activity, thing_audit, thing_relationships
from ontology.models import Thing

DIRECTION = Parameter(
    "direction",
    "`outbound`: leading away from the thing; `inbound`: leading to it.",
    choices=tuple(Direction.values),
    default=Direction.BOTH.value,
)
TYPE = Parameter("type", "Of this type of connections alone.")
OFFSET = Parameter("offset", "Skip so many, instead of a cursor.", "integer", minimum=0, maximum=10_000)
AS_OF = Parameter("asOf", "Those that hold at this moment, by validFrom and validTo.", "date-time")
_COMPUTED = {"lastComputed": "2026-11-22T20:50:14.123456Z", "computationTime": 1.2}
_SHORT = {"id": THING["id"], "type": "product", "name": "Lamp", "status": "draft"}


class ThingRead(GroupEndpoint):
    """A computed read of one thing."""

    elsewhere: ClassVar[Elsewhere | None] = None
    """Where events are that have left the database: an app above says so in a subclass."""

    def thing(self) -> Thing:
        """The thing of the address, by its key alone. Raises Refusal 404."""
        THINGS.find(self.group, self.row_id, {"fields": "id", **self.parameters})
        return Thing(pk=self.row_id, group=self.group)


def asked[T](read: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """What READ answers; what it refuses is a parameter of the address. Raises Refusal 400."""
    try:
        return read(*args, **kwargs)
    except FieldRefused as refused:
        raise parameters_refused([{"field": refused.field, "code": "parameter_refused", "error": str(refused)}]) from refused


def page_told(page: Any, items: list[dict[str, Any]]) -> dict[str, Any]:
    """A computed page with its ITEMS."""
    return {
        "items": items,
        "next": page.next_cursor,
        "hasMore": page.has_more,
        "lastComputed": page.last_computed,
        "computationTime": round(page.computation_time, 3),
    }


class ThingRelationships(ThingRead):
    """The connections of a thing, with the things at their other ends."""

    @describes(
        Right.READ,
        "things_relationships",
        "List the relationships of a thing",
        "Its live connections, outbound before inbound, each with the thing at the other end; by cursor or by offset.",
        tag=TAG,
        answers={200: shapes.RelationshipPage},
        parameters=(DIRECTION, TYPE, LIMIT, CURSOR, OFFSET, AS_OF),
        shown={
            "items": [{"direction": "outbound", "connection": CONNECTION, "thing": THING}],
            "next": None,
            "hasMore": False,
            "total": 1,
            "totalIsFloor": False,
            "count": 1,
            **_COMPUTED,
        },
    )
    def get(self, request: Any) -> HttpResponse:
        """A page."""
        chosen = self.parameters
        page = asked(
            thing_relationships,
            self.thing(),
            direction=chosen["direction"],
            type=chosen["type"],
            limit=chosen["limit"],
            cursor=chosen["cursor"],
            offset=chosen["offset"],
            as_of=chosen["asOf"],
        )
        items = [relationship_told(it) for it in page.items]
        return answer({**page_told(page, items), "total": page.total, "totalIsFloor": page.total_is_floor, "count": page.count})


CONNECTIONS_CURSOR = Parameter("connectionsCursor", "Where the live connections go on: their `next`.")
DELETED_CURSOR = Parameter("deletedCursor", "Where the deleted connections go on: their `next`.")


class ThingActivity(ThingRead):
    """What happened around a thing."""

    @describes(
        Right.HISTORY,
        "things_activity",
        "List the activity of a thing",
        "The latest events that the thing is actor or target of, with both inlined.",
        tag=TAG,
        answers={200: shapes.ActivityPage},
        parameters=(LIMIT, CURSOR, DELETED),
        shown={
            "items": [{"event": EVENT, "actor": {**_SHORT, "id": EVENT["actor"]}, "target": _SHORT}],
            "next": None,
            "hasMore": False,
            "count": 1,
            **_COMPUTED,
        },
    )
    def get(self, request: Any) -> HttpResponse:
        """A page."""
        page = asked(thing_activity, self.thing(), limit=self.parameters["limit"], cursor=self.parameters["cursor"], elsewhere=self.elsewhere)
        items = [{"event": event_told(it), "actor": thing_in_short(it.actor), "target": thing_in_short(it.target)} for it in page.items]
        return answer({**page_told(page, items), "count": page.count})


class ThingAudit(ThingRead):
    """Who did what to a thing."""

    @describes(
        Right.HISTORY,
        "things_audit",
        "Read the audit trail of a thing",
        "The thing, deleted or not; its events read out: who, through which door, from what to what; and its connections, deleted ones included.",
        tag=TAG,
        answers={200: shapes.AuditTrail},
        parameters=(LIMIT, CURSOR, CONNECTIONS_CURSOR, DELETED_CURSOR),
        shown={
            "thing": THING,
            "events": {"items": [AUDIT_ENTRY], "next": None, "hasMore": False},
            "connections": {"items": [], "next": None, "hasMore": False},
            "deletedConnections": {"items": [], "next": None, "hasMore": False},
            "lastComputed": _COMPUTED["lastComputed"],
        },
    )
    def get(self, request: Any) -> HttpResponse:
        """The trail."""
        chosen = self.parameters
        found = THINGS.find(self.group, self.row_id, deleted=True)
        trail = asked(
            thing_audit,
            Thing(pk=self.row_id, group=self.group),
            limit=chosen["limit"],
            cursor=chosen["cursor"],
            connections_cursor=chosen["connectionsCursor"],
            deleted_cursor=chosen["deletedCursor"],
            elsewhere=self.elsewhere,
        )
        return answer(
            {
                "thing": found.row,
                "events": _list_told([entry_told(entry) for entry in trail.entries], trail.events),
                "connections": _list_told([relationship_told(it) for it in trail.connections.items], trail.connections),
                "deletedConnections": _list_told([relationship_told(it) for it in trail.deleted_connections.items], trail.deleted_connections),
                "lastComputed": trail.events.last_computed,
            }
        )


def _list_told(items: list[dict[str, Any]], page: Any) -> dict[str, Any]:
    return {"items": items, "next": page.next_cursor, "hasMore": page.has_more}
