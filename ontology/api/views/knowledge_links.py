"""groups/{slug}/knowledge/{id}/links/: what a piece of knowledge is to which things."""

from typing import Any

from django.http import HttpResponse

from ontology.api.answers import answer
from ontology.api.endpoint import GroupEndpoint
from ontology.api.operations import describes
from ontology.api.parameters import Parameter
from ontology.api.refusals import demand_known
from ontology.api.requests import object_of
from ontology.api.shapes import knowledge as shapes
from ontology.api.shapes.examples import ID
from ontology.api.views.knowledge import KNOWLEDGE_ROWS, TAG
from ontology.choices import KnowledgeRole, Right
from ontology.models import Knowledge, ThingKnowledge
from ontology.services.knowledge_links import knowledge_link, knowledge_unlink

LINKS_MAX = 1_000
LINK = {"thing": ID, "role": "chunk_of", "createdAt": "2026-11-22T20:50:14.123456Z"}
THING = Parameter("thing", "The id or external id of the thing.", required=True)
ROLE = Parameter("role", "What the piece is to the thing.", choices=tuple(KnowledgeRole.values), required=True)


class KnowledgeLinks(GroupEndpoint):
    """The links of a piece of knowledge."""

    @describes(
        Right.READ,
        "knowledge_links_list",
        "List the links of a piece of knowledge",
        "What the piece is to which things; the live links.",
        tag=TAG,
        answers={200: shapes.KnowledgeLinks},
        shown={"items": [LINK]},
    )
    def get(self, request: Any) -> HttpResponse:
        """The links."""
        KNOWLEDGE_ROWS.find(self.group, self.row_id)
        rows = ThingKnowledge.objects.in_group(self.group).live().filter(knowledge=self.row_id).order_by("id")
        found = rows.values_list("thing_id", "role", "created_at")[:LINKS_MAX]
        return answer({"items": [{"thing": thing, "role": role, "createdAt": made} for thing, role, made in found]})

    @describes(
        Right.WRITE,
        "knowledge_links_create",
        "Link a piece of knowledge to a thing",
        "Makes the piece a label, summary, chunk, caption or keyword of a live thing.",
        tag=TAG,
        answers={201: shapes.KnowledgeLink},
        body=shapes.NewKnowledgeLink,
        sent={"thing": "sku-1", "role": "chunk_of"},
        shown=LINK,
    )
    def post(self, request: Any) -> HttpResponse:
        """Links it."""
        item = object_of(self.body)
        demand_known(item, frozenset({"thing", "role"}))
        KNOWLEDGE_ROWS.find(self.group, self.row_id)
        link = knowledge_link(self._knowledge, item.get("thing", ""), item.get("role", ""), actor=self.actor)
        link.refresh_from_db(fields=["created_at"])
        return answer({"thing": link.thing_id, "role": link.role, "createdAt": link.created_at}, 201, headers={"Location": request.path})

    @describes(
        Right.WRITE,
        "knowledge_links_delete",
        "Unlink a piece of knowledge from a thing",
        "Deletes one link, named by thing and role; the piece and the thing stay.",
        tag=TAG,
        answers={204: None},
        parameters=(THING, ROLE),
        refusals=frozenset({422}),
    )
    def delete(self, request: Any) -> HttpResponse:
        """Unlinks it."""
        KNOWLEDGE_ROWS.find(self.group, self.row_id)
        knowledge_unlink(self._knowledge, self.parameters["thing"], self.parameters["role"], actor=self.actor)
        return answer(None)

    @property
    def _knowledge(self) -> Knowledge:
        return Knowledge(pk=self.row_id, group=self.group)
