"""groups/{slug}/things/: list, create, read, change, delete, restore; in bulk."""

from typing import Any

from django.http import HttpResponse

from ontology.api.answers import answer
from ontology.api.bulk import DEFAULT_STATUS, DRY_RUN, MODE, ON_CONFLICT_OF_THINGS, bulk_answer
from ontology.api.cases import items_in
from ontology.api.columns import FIELDS, OMIT, Columns, JsonText
from ontology.api.endpoint import GroupEndpoint
from ontology.api.filters import ThingFilters
from ontology.api.nouns import DELETED, Noun
from ontology.api.operations import describes
from ontology.api.pages import Listing
from ontology.api.parameters import Parameter
from ontology.api.refusals import demand_known
from ontology.api.requests import MERGE_PATCH, content_type, items_of, object_of
from ontology.api.shapes import things as shapes
from ontology.api.shapes.examples import BULK_ANSWER, NEW_THING, THING, page_of
from ontology.api.shapes.problems import BulkAnswer
from ontology.choices import Right, RowKind
from ontology.models import Thing
from ontology.services.deletions import thing_delete, thing_restore
from ontology.services.single import thing_change, thing_create
from ontology.services.thing_changes import things_update
from ontology.services.things import things_insert
from ontology.validation.thing_changes import UPDATE_FIELDS
from ontology.validation.things import INSERT_FIELDS

TAG = "things"
COLUMNS = Columns(
    {
        "id": "id",
        "type": "type",
        "name": "name",
        "properties": JsonText("properties"),
        "status": "status",
        "externalId": "external_id",
        "version": "version",
        "createdAt": "created_at",
        "updatedAt": "updated_at",
        "deletedAt": "deleted_at",
    }
)
THINGS = Noun("thing", Listing("things", COLUMNS), ThingFilters, Thing.objects.all, state="version")
MERGE = Parameter(
    "merge", "Merge `properties` into the old ones (RFC 7396: null removes a key); so does Content-Type merge-patch+json.", "boolean", default=False
)
_CHANGES = UPDATE_FIELDS - {"id", "external_id"}


class Things(GroupEndpoint):
    """The things of a group."""

    @describes(
        Right.READ,
        "things_list",
        "List things",
        "The group's things, the latest first, by pages. Softly deleted ones come with `deleted`.",
        tag=TAG,
        answers={200: shapes.ThingPage},
        parameters=THINGS.list_parameters,
        shown=page_of(THING),
    )
    def get(self, request: Any) -> HttpResponse:
        """A page."""
        return THINGS.page(self.group, request, self.parameters)

    @describes(
        Right.WRITE,
        "things_create",
        "Create a thing",
        "One new thing. All that is wrong with it is named at once.",
        tag=TAG,
        answers={201: shapes.Thing},
        body=shapes.NewThing,
        sent=NEW_THING,
        shown=THING,
        tagged=True,
    )
    def post(self, request: Any) -> HttpResponse:
        """Makes one."""
        item = object_of(self.body)
        items_in([item], INSERT_FIELDS)
        made = thing_create(self.group, item, actor=self.actor)
        return THINGS.written(self.group, made.pk, location=f"{request.path}{made.pk}/")


class ThingsBulk(GroupEndpoint):
    """Many things in one call."""

    @describes(
        Right.WRITE,
        "things_bulk_insert",
        "Insert many things",
        "1 to 10,000 items, as an array or as `{items: […]}`. Every problem of every bad item is named.",
        tag=TAG,
        answers={201: BulkAnswer, 200: BulkAnswer},
        parameters=(MODE, ON_CONFLICT_OF_THINGS, DEFAULT_STATUS, DRY_RUN),
        body=shapes.NewThing(many=True),
        sent=[NEW_THING],
        shown=BULK_ANSWER,
        bulk=True,
    )
    def post(self, request: Any) -> HttpResponse:
        """Makes many."""
        items, chosen = items_of(self.body), self.parameters
        items_in(items, INSERT_FIELDS)
        result = things_insert(
            self.group,
            items,
            mode=chosen["mode"],
            on_conflict=chosen["onConflict"],
            default_status=chosen["defaultStatus"],
            dry_run=chosen["dryRun"],
            actor=self.actor,
        )
        return bulk_answer(result, self, RowKind.THING)

    @describes(
        Right.WRITE,
        "things_bulk_update",
        "Change many things",
        "1 to 10,000 changes, each of one thing named by `id` or `externalId`. A thing that would not change is skipped.",
        tag=TAG,
        answers={200: BulkAnswer},
        parameters=(MODE, DRY_RUN),
        body=shapes.ThingChange(many=True),
        sent=[{"externalId": "sku-1", "properties": {"price": 13}, "merge": True, "ifVersion": 1}],
        shown=BULK_ANSWER | {"created": [], "updated": BULK_ANSWER["created"]},
        bulk=True,
    )
    def patch(self, request: Any) -> HttpResponse:
        """Changes many."""
        items, chosen = items_of(self.body), self.parameters
        items_in(items, UPDATE_FIELDS)
        result = things_update(self.group, items, mode=chosen["mode"], dry_run=chosen["dryRun"], actor=self.actor)
        return bulk_answer(result, self, RowKind.THING)


class OneThing(GroupEndpoint):
    """One thing."""

    @describes(
        Right.READ,
        "things_read",
        "Read a thing",
        "The thing, with its version as ETag.",
        tag=TAG,
        answers={200: shapes.Thing, 304: None},
        parameters=(DELETED, FIELDS, OMIT),
        shown=THING,
        tagged=True,
    )
    def get(self, request: Any) -> HttpResponse:
        """The thing."""
        return THINGS.shown(self.group, self.row_id, request, self.parameters)

    @describes(
        Right.WRITE,
        "things_update",
        "Change a thing",
        "What is left out stays. `properties` replace the old ones, unless merging is asked for. If-Match refuses a lost update.",
        tag=TAG,
        answers={200: shapes.Thing},
        parameters=(MERGE,),
        body=shapes.ThingChanges,
        sent={"status": "published", "properties": {"price": 12}},
        shown=THING,
        tagged=True,
        patch=True,
    )
    def patch(self, request: Any) -> HttpResponse:
        """Changes it."""
        item = object_of(self.body)
        items_in([item], UPDATE_FIELDS)
        demand_known(item, _CHANGES)
        version = item.pop("if_version", None)
        found = THINGS.find(self.group, self.row_id).demand(request)
        if self.parameters["merge"] or content_type(request) == MERGE_PATCH:
            item["merge"] = True
        thing = Thing(pk=self.row_id, group=self.group)
        thing_change(thing, item, if_version=version if found is None else found, actor=self.actor)
        return THINGS.written(self.group, self.row_id)

    @describes(
        Right.WRITE,
        "things_delete",
        "Delete a thing",
        "Softly: with its live connections, its links to knowledge, and the knowledge that nothing else holds. Events stay. `restore/` undoes it.",
        tag=TAG,
        answers={200: shapes.ThingDeletion},
        shown={"connections": 3, "links": 1, "knowledge": 1, "event": THING["id"]},
        tagged=True,
    )
    def delete(self, request: Any) -> HttpResponse:
        """Deletes it softly."""
        version = THINGS.find(self.group, self.row_id).demand(request)
        gone = thing_delete(Thing(pk=self.row_id, group=self.group), if_version=version, actor=self.actor)
        return answer({"connections": gone.connections, "links": gone.links, "knowledge": gone.knowledge, "event": gone.event.pk})


class ThingRestore(GroupEndpoint):
    """The way back of a deleted thing."""

    @describes(
        Right.WRITE,
        "things_restore",
        "Restore a thing",
        "Brings a softly deleted thing back with exactly what its deletion took; what cannot come is named.",
        tag=TAG,
        answers={200: shapes.ThingRestoration},
        shown={"thing": THING, "connections": 3, "links": 1, "knowledge": 1, "keptAway": []},
    )
    def post(self, request: Any) -> HttpResponse:
        """Restores it."""
        THINGS.find(self.group, self.row_id, deleted=True)
        back = thing_restore(Thing(pk=self.row_id, group=self.group), actor=self.actor)
        found = THINGS.find(self.group, self.row_id)
        counts = {"connections": back.connections, "links": back.links, "knowledge": back.knowledge}
        return answer({"thing": found.row, **counts, "keptAway": back.kept_away}, headers={"ETag": found.etag})
