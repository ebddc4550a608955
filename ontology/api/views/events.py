"""groups/{slug}/events/: list, append, read; in bulk."""

import uuid
from datetime import datetime
from typing import Any

from django.http import HttpResponse

from ontology.api.bulk import DRY_RUN, MODE, ON_CONFLICT, bulk_answer
from ontology.api.cases import items_in
from ontology.api.columns import FIELDS, OMIT, Columns, JsonText
from ontology.api.endpoint import GroupEndpoint
from ontology.api.filters import EventFilters
from ontology.api.nouns import Noun
from ontology.api.operations import describes
from ontology.api.pages import Listing, Order
from ontology.api.parameters import Parameter
from ontology.api.requests import items_of, object_of
from ontology.api.shapes import events as shapes
from ontology.api.shapes.examples import BULK_ANSWER, EVENT, NEW_EVENT, page_of
from ontology.api.shapes.problems import BulkAnswer
from ontology.choices import Right, RowKind
from ontology.models import Event
from ontology.services.events import events_insert
from ontology.services.single import event_append
from ontology.validation.events import INSERT_FIELDS

TAG = "events"
COLUMNS = Columns(
    {
        "id": "id",
        "type": "type",
        "actor": "actor_id",
        "target": "target_id",
        "person": "person_id",
        "timestamp": "timestamp",
        "metadata": JsonText("metadata"),
        "externalId": "external_id",
        "createdAt": "created_at",
    }
)
_KEYS, _READERS = ("timestamp", "id"), (datetime.fromisoformat, uuid.UUID)
ORDERS = (Order("-timestamp", _KEYS, _READERS), Order("timestamp", _KEYS, _READERS, descending=False))
EVENTS = Noun("event", Listing("events", COLUMNS, ORDERS), EventFilters, Event.objects.all, state="created_at", deletable=False)
TIER = Parameter("tier", "`hot`: in the database; `cold`: in the archive; `all`: both.", choices=("hot", "cold", "all"), default="hot")


class Events(GroupEndpoint):
    """The events of a group."""

    @describes(
        Right.HISTORY,
        "events_list",
        "List events",
        "What happened in the group, the latest first, by pages.",
        tag=TAG,
        answers={200: shapes.EventPage},
        parameters=(TIER, *EVENTS.list_parameters),
        shown=page_of(EVENT),
    )
    def get(self, request: Any) -> HttpResponse:
        """A page."""
        return self.page(request)

    def page(self, request: Any) -> HttpResponse:
        """A page of what the database holds; the app that keeps the archive answers for the other tiers, in a subclass."""
        return EVENTS.page(self.group, request, self.parameters)

    @describes(
        Right.WRITE,
        "events_append",
        "Append an event",
        "One new event. Events are never changed nor deleted.",
        tag=TAG,
        answers={201: shapes.Event},
        body=shapes.NewEvent,
        sent=NEW_EVENT,
        shown=EVENT,
        tagged=True,
    )
    def post(self, request: Any) -> HttpResponse:
        """Appends one."""
        item = object_of(self.body)
        items_in([item], INSERT_FIELDS)
        made = event_append(self.group, item, actor=self.actor)
        return EVENTS.written(self.group, made.pk, location=f"{request.path}{made.pk}/")


class EventsBulk(GroupEndpoint):
    """Many events in one call."""

    @describes(
        Right.WRITE,
        "events_bulk_append",
        "Append many events",
        "1 to 10,000 items, as an array or as `{items: […]}`. An event whose external id the month has already is refused or skipped.",
        tag=TAG,
        answers={201: BulkAnswer, 200: BulkAnswer},
        parameters=(MODE, ON_CONFLICT, DRY_RUN),
        body=shapes.NewEvent(many=True),
        sent=[NEW_EVENT],
        shown=BULK_ANSWER,
        bulk=True,
    )
    def post(self, request: Any) -> HttpResponse:
        """Appends many."""
        items, chosen = items_of(self.body), self.parameters
        items_in(items, INSERT_FIELDS)
        result = events_insert(self.group, items, mode=chosen["mode"], on_conflict=chosen["onConflict"], dry_run=chosen["dryRun"], actor=self.actor)
        return bulk_answer(result, self, RowKind.EVENT)


class OneEvent(GroupEndpoint):
    """One event."""

    @describes(
        Right.HISTORY,
        "events_read",
        "Read an event",
        "The event. It never changes, so its ETag never does.",
        tag=TAG,
        answers={200: shapes.Event, 304: None},
        parameters=(FIELDS, OMIT),
        shown=EVENT,
        tagged=True,
    )
    def get(self, request: Any) -> HttpResponse:
        """The event."""
        return self.event(request)

    def event(self, request: Any) -> HttpResponse:
        """The event from the database; the app that keeps the archive looks there too, in a subclass."""
        return EVENTS.shown(self.group, self.row_id, request, self.parameters)
