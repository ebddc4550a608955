"""groups/{slug}/knowledge/: list, create, read, change, delete, restore, link; in bulk; and search by meaning."""

from typing import Any

from django.http import HttpResponse

from ontology.api.answers import answer
from ontology.api.bulk import DRY_RUN, MODE, ON_CONFLICT, bulk_answer
from ontology.api.cases import items_in
from ontology.api.columns import FIELDS, OMIT, Columns, JsonText, VectorText
from ontology.api.endpoint import GroupEndpoint
from ontology.api.filters import KnowledgeFilters
from ontology.api.nouns import DELETED, Noun
from ontology.api.operations import describes
from ontology.api.pages import Listing
from ontology.api.requests import items_of, object_of
from ontology.api.shapes import knowledge as shapes
from ontology.api.shapes.examples import BULK_ANSWER, KNOWLEDGE, NEW_KNOWLEDGE, page_of
from ontology.api.shapes.problems import BulkAnswer
from ontology.choices import Right, RowKind
from ontology.models import Knowledge
from ontology.services.knowledge import knowledge_insert
from ontology.services.knowledge_changes import knowledge_delete, knowledge_restore, knowledge_update
from ontology.services.knowledge_search import knowledge_search
from ontology.services.single import knowledge_create
from ontology.validation.knowledge import INSERT_FIELDS
from ontology.validation.knowledge_changes import UPDATE_FIELDS

TAG = "knowledge"
COLUMNS = Columns(
    {
        "id": "id",
        "type": "type",
        "text": "text",
        "embedding": VectorText("embedding"),
        "embeddingModel": "embedding_model",
        "embeddingDim": "embedding_dim",
        "source": "source_thing_id",
        "sourceField": "source_field",
        "chunk": JsonText("chunk"),
        "labels": "labels",
        "metadata": JsonText("metadata"),
        "externalId": "external_id",
        "createdAt": "created_at",
        "updatedAt": "updated_at",
        "deletedAt": "deleted_at",
    },
    on_request=frozenset({"embedding"}),
)
KNOWLEDGE_ROWS = Noun("piece of knowledge", Listing("knowledge", COLUMNS), KnowledgeFilters, Knowledge.objects.all)


class KnowledgeList(GroupEndpoint):
    """The knowledge of a group."""

    @describes(
        Right.READ,
        "knowledge_list",
        "List knowledge",
        "The group's knowledge, the latest first, by pages. Vectors come only when `fields` names `embedding`.",
        tag=TAG,
        answers={200: shapes.KnowledgePage},
        parameters=KNOWLEDGE_ROWS.list_parameters,
        shown=page_of(KNOWLEDGE),
    )
    def get(self, request: Any) -> HttpResponse:
        """A page."""
        return KNOWLEDGE_ROWS.page(self.group, request, self.parameters)

    @describes(
        Right.WRITE,
        "knowledge_create",
        "Create a piece of knowledge",
        "One new label, document, chunk or vector, with its links to things.",
        tag=TAG,
        answers={201: shapes.Knowledge},
        body=shapes.NewKnowledge,
        sent=NEW_KNOWLEDGE,
        shown=KNOWLEDGE,
        tagged=True,
    )
    def post(self, request: Any) -> HttpResponse:
        """Makes one."""
        item = object_of(self.body)
        items_in([item], INSERT_FIELDS)
        made = knowledge_create(self.group, item, actor=self.actor)
        return KNOWLEDGE_ROWS.written(self.group, made.pk, location=f"{request.path}{made.pk}/")


class KnowledgeBulk(GroupEndpoint):
    """Many pieces in one call."""

    @describes(
        Right.WRITE,
        "knowledge_bulk_insert",
        "Insert much knowledge",
        "1 to 10,000 items, as an array or as `{items: […]}`. Vectors of one model share a length.",
        tag=TAG,
        answers={201: BulkAnswer, 200: BulkAnswer},
        parameters=(MODE, ON_CONFLICT, DRY_RUN),
        body=shapes.NewKnowledge(many=True),
        sent=[NEW_KNOWLEDGE],
        shown=BULK_ANSWER,
        bulk=True,
    )
    def post(self, request: Any) -> HttpResponse:
        """Makes many."""
        items, chosen = items_of(self.body), self.parameters
        items_in(items, INSERT_FIELDS)
        result = knowledge_insert(
            self.group, items, mode=chosen["mode"], on_conflict=chosen["onConflict"], dry_run=chosen["dryRun"], actor=self.actor
        )
        return bulk_answer(result, self, RowKind.KNOWLEDGE)


class KnowledgeSearch(GroupEndpoint):
    """Search by meaning."""

    @describes(
        Right.READ,
        "knowledge_search",
        "Search by meaning",
        "The pieces of the group nearest to a vector by cosine distance, the nearest first: exactly, over all live vectors of the model.",
        tag=TAG,
        answers={200: shapes.KnowledgeHits},
        body=shapes.KnowledgeSearch,
        sent={"embedding": [0.1, 0.2, 0.7], "model": "small", "limit": 5},
        shown={"items": [{"distance": 0.02, "knowledge": KNOWLEDGE}]},
        repeatable=False,
    )
    def post(self, request: Any) -> HttpResponse:
        """The nearest."""
        found = knowledge_search(self.group, object_of(self.body))
        names = COLUMNS.chosen({})
        rows, keys = COLUMNS.read(KNOWLEDGE_ROWS.of(self.group).filter(pk__in=[id_ for id_, _ in found]), names, ["pk"])
        by_id = {key: row for row, (key,) in zip(rows, keys, strict=True)}
        return answer({"items": [{"distance": distance, "knowledge": by_id[id_]} for id_, distance in found if id_ in by_id]})


class OneKnowledge(GroupEndpoint):
    """One piece of knowledge."""

    @describes(
        Right.READ,
        "knowledge_read",
        "Read a piece of knowledge",
        "The piece, with the moment of its last change as ETag.",
        tag=TAG,
        answers={200: shapes.Knowledge, 304: None},
        parameters=(DELETED, FIELDS, OMIT),
        shown=KNOWLEDGE,
        tagged=True,
    )
    def get(self, request: Any) -> HttpResponse:
        """The piece."""
        return KNOWLEDGE_ROWS.shown(self.group, self.row_id, request, self.parameters)

    @describes(
        Right.WRITE,
        "knowledge_update",
        "Change a piece of knowledge",
        "What is left out stays; what is given replaces the whole of its field.",
        tag=TAG,
        answers={200: shapes.Knowledge},
        body=shapes.KnowledgeChanges,
        sent={"labels": ["light", "brass"]},
        shown=KNOWLEDGE,
        tagged=True,
    )
    def patch(self, request: Any) -> HttpResponse:
        """Changes it."""
        changes = object_of(self.body)
        items_in([changes], UPDATE_FIELDS)
        moment = KNOWLEDGE_ROWS.find(self.group, self.row_id).demand(request)
        knowledge_update(Knowledge(pk=self.row_id, group=self.group), changes, if_unmodified=moment, actor=self.actor)
        return KNOWLEDGE_ROWS.written(self.group, self.row_id)

    @describes(
        Right.WRITE,
        "knowledge_delete",
        "Delete a piece of knowledge",
        "Softly, with its links to things. `restore/` undoes it.",
        tag=TAG,
        answers={204: None},
        tagged=True,
    )
    def delete(self, request: Any) -> HttpResponse:
        """Deletes it softly."""
        moment = KNOWLEDGE_ROWS.find(self.group, self.row_id).demand(request)
        knowledge_delete(Knowledge(pk=self.row_id, group=self.group), if_unmodified=moment, actor=self.actor)
        return answer(None)


class KnowledgeRestore(GroupEndpoint):
    """The way back of a deleted piece."""

    @describes(
        Right.WRITE,
        "knowledge_restore",
        "Restore a piece of knowledge",
        "Brings a softly deleted piece back, with the links that its deletion took.",
        tag=TAG,
        answers={200: shapes.Knowledge},
        shown=KNOWLEDGE,
    )
    def post(self, request: Any) -> HttpResponse:
        """Restores it."""
        KNOWLEDGE_ROWS.find(self.group, self.row_id, deleted=True)
        knowledge_restore(Knowledge(pk=self.row_id, group=self.group), actor=self.actor)
        return KNOWLEDGE_ROWS.written(self.group, self.row_id)
