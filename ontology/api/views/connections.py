"""groups/{slug}/connections/: list, create, read, change, delete, restore; in bulk."""

from typing import Any

from django.http import HttpResponse

from ontology.api.answers import answer
from ontology.api.bulk import DRY_RUN, MODE, ON_CONFLICT, bulk_answer
from ontology.api.cases import items_in
from ontology.api.columns import FIELDS, OMIT, Columns, JsonText
from ontology.api.endpoint import GroupEndpoint
from ontology.api.filters import ConnectionFilters
from ontology.api.nouns import DELETED, Noun
from ontology.api.operations import describes
from ontology.api.pages import Listing
from ontology.api.requests import MERGE_PATCH, content_type, items_of, object_of
from ontology.api.shapes import connections as shapes
from ontology.api.shapes.examples import BULK_ANSWER, CONNECTION, NEW_CONNECTION, page_of
from ontology.api.shapes.problems import BulkAnswer
from ontology.api.views.things import MERGE
from ontology.choices import Right, RowKind
from ontology.models import Connection
from ontology.services.connection_changes import connection_delete, connection_restore, connection_update
from ontology.services.connections import connections_insert
from ontology.services.single import connection_create
from ontology.validation.connection_changes import UPDATE_FIELDS
from ontology.validation.connections import INSERT_FIELDS

TAG = "connections"
COLUMNS = Columns(
    {
        "id": "id",
        "from": "from_thing_id",
        "to": "to_thing_id",
        "type": "type",
        "metadata": JsonText("metadata"),
        "strength": "strength",
        "validFrom": "valid_from",
        "validTo": "valid_to",
        "createdAt": "created_at",
        "updatedAt": "updated_at",
        "deletedAt": "deleted_at",
    }
)
CONNECTIONS = Noun("connection", Listing("connections", COLUMNS), ConnectionFilters, Connection.objects.all)


class Connections(GroupEndpoint):
    """The connections of a group."""

    @describes(
        Right.READ,
        "connections_list",
        "List connections",
        "The group's connections, the latest first, by pages.",
        tag=TAG,
        answers={200: shapes.ConnectionPage},
        parameters=CONNECTIONS.list_parameters,
        shown=page_of(CONNECTION),
    )
    def get(self, request: Any) -> HttpResponse:
        """A page."""
        return CONNECTIONS.page(self.group, request, self.parameters)

    @describes(
        Right.WRITE,
        "connections_create",
        "Create a connection",
        "One new link between two live things of the group, named by id or external id.",
        tag=TAG,
        answers={201: shapes.Connection},
        body=shapes.NewConnection,
        sent=NEW_CONNECTION,
        shown=CONNECTION,
        tagged=True,
    )
    def post(self, request: Any) -> HttpResponse:
        """Makes one."""
        item = object_of(self.body)
        items_in([item], INSERT_FIELDS)
        made = connection_create(self.group, item, actor=self.actor)
        return CONNECTIONS.written(self.group, made.pk, location=f"{request.path}{made.pk}/")


class ConnectionsBulk(GroupEndpoint):
    """Many connections in one call."""

    @describes(
        Right.WRITE,
        "connections_bulk_insert",
        "Insert many connections",
        "1 to 10,000 items, as an array or as `{items: […]}`. A link of an acyclic type that would lead back to its start is refused.",
        tag=TAG,
        answers={201: BulkAnswer, 200: BulkAnswer},
        parameters=(MODE, ON_CONFLICT, DRY_RUN),
        body=shapes.NewConnection(many=True),
        sent=[NEW_CONNECTION],
        shown=BULK_ANSWER,
        bulk=True,
    )
    def post(self, request: Any) -> HttpResponse:
        """Makes many."""
        items, chosen = items_of(self.body), self.parameters
        items_in(items, INSERT_FIELDS)
        result = connections_insert(
            self.group, items, mode=chosen["mode"], on_conflict=chosen["onConflict"], dry_run=chosen["dryRun"], actor=self.actor
        )
        return bulk_answer(result, self, RowKind.CONNECTION)


class OneConnection(GroupEndpoint):
    """One connection."""

    @describes(
        Right.READ,
        "connections_read",
        "Read a connection",
        "The connection, with the moment of its last change as ETag.",
        tag=TAG,
        answers={200: shapes.Connection, 304: None},
        parameters=(DELETED, FIELDS, OMIT),
        shown=CONNECTION,
        tagged=True,
    )
    def get(self, request: Any) -> HttpResponse:
        """The connection."""
        return CONNECTIONS.shown(self.group, self.row_id, request, self.parameters)

    @describes(
        Right.WRITE,
        "connections_update",
        "Change a connection",
        "Its metadata, strength and validity; what is left out stays.",
        tag=TAG,
        answers={200: shapes.Connection},
        parameters=(MERGE.but(about="Merge `metadata` into the old (RFC 7396); so does Content-Type merge-patch+json."),),
        body=shapes.ConnectionChanges,
        sent={"strength": 0.9},
        shown=CONNECTION,
        tagged=True,
        patch=True,
    )
    def patch(self, request: Any) -> HttpResponse:
        """Changes it."""
        changes = object_of(self.body)
        items_in([changes], UPDATE_FIELDS)
        if self.parameters["merge"] or content_type(request) == MERGE_PATCH:
            changes["merge"] = True
        moment = CONNECTIONS.find(self.group, self.row_id).demand(request)
        connection_update(Connection(pk=self.row_id, group=self.group), changes, if_unmodified=moment, actor=self.actor)
        return CONNECTIONS.written(self.group, self.row_id)

    @describes(
        Right.WRITE,
        "connections_delete",
        "Delete a connection",
        "Softly; its things stay. `restore/` undoes it.",
        tag=TAG,
        answers={204: None},
        tagged=True,
    )
    def delete(self, request: Any) -> HttpResponse:
        """Deletes it softly."""
        moment = CONNECTIONS.find(self.group, self.row_id).demand(request)
        connection_delete(Connection(pk=self.row_id, group=self.group), if_unmodified=moment, actor=self.actor)
        return answer(None)


class ConnectionRestore(GroupEndpoint):
    """The way back of a deleted connection."""

    @describes(
        Right.WRITE,
        "connections_restore",
        "Restore a connection",
        "Brings a softly deleted connection back, if its ends are live, it does not exist anew, and it closes no cycle.",
        tag=TAG,
        answers={200: shapes.Connection},
        shown=CONNECTION,
    )
    def post(self, request: Any) -> HttpResponse:
        """Restores it."""
        CONNECTIONS.find(self.group, self.row_id, deleted=True)
        connection_restore(Connection(pk=self.row_id, group=self.group), actor=self.actor)
        return CONNECTIONS.written(self.group, self.row_id)
