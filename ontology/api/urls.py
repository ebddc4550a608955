"""The addresses below /api/."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, include, path, re_path, register_converter
from django.views.decorators.csrf import csrf_exempt

from ontology.api.answers import problem
from ontology.api.refusals import Refusal
from ontology.api.views import (
    catalogue,
    connections,
    events,
    exports,
    groups,
    import_acts,
    imports,
    knowledge,
    knowledge_links,
    me,
    members,
    metrics,
    outlook,
    reference,
    thing_reads,
    things,
)


class RowId:
    """A UUID in any spelling of its letters."""

    regex = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

    def to_python(self, value: str) -> uuid.UUID:
        """The id."""
        return uuid.UUID(value)

    def to_url(self, value: uuid.UUID | str) -> str:
        """The id as text."""
        return str(value)


register_converter(RowId, "row")


@csrf_exempt
def unknown_address(request: HttpRequest, **_: Any) -> HttpResponseBase:
    """404 for every address that is none, whatever the method: a write there is no form that lacks its CSRF token."""
    return problem(Refusal(404, "not_found", "There is no such address; those of this API end with a slash, and /api/schema/ lists them."), request)


_GROUP = "groups/<slug:slug>/"

v1: list[URLPattern] = [
    path("groups/", groups.Groups.as_view(), name="groups"),
    path(_GROUP, groups.OneGroup.as_view(), name="group"),
    path(f"{_GROUP}children/", groups.GroupChildren.as_view(), name="group-children"),
    path(f"{_GROUP}settings/", groups.GroupSettings.as_view(), name="group-settings"),
    path(f"{_GROUP}members/", members.Members.as_view(), name="members"),
    path(f"{_GROUP}members/<row:person>/", members.OneMember.as_view(), name="member"),
    path(f"{_GROUP}things/", things.Things.as_view(), name="things"),
    path(f"{_GROUP}things/bulk/", things.ThingsBulk.as_view(), name="things-bulk"),
    path(f"{_GROUP}things/<row:id>/", things.OneThing.as_view(), name="thing"),
    path(f"{_GROUP}things/<row:id>/restore/", things.ThingRestore.as_view(), name="thing-restore"),
    path(f"{_GROUP}things/<row:id>/relationships/", thing_reads.ThingRelationships.as_view(), name="thing-relationships"),
    path(f"{_GROUP}things/<row:id>/activity/", thing_reads.ThingActivity.as_view(), name="thing-activity"),
    path(f"{_GROUP}things/<row:id>/audit/", thing_reads.ThingAudit.as_view(), name="thing-audit"),
    path(f"{_GROUP}things/<row:id>/stats/", metrics.ThingStats.as_view(), name="thing-stats"),
    path(f"{_GROUP}things/<row:id>/summary/", metrics.ThingSummary.as_view(), name="thing-summary"),
    path(f"{_GROUP}connections/", connections.Connections.as_view(), name="connections"),
    path(f"{_GROUP}connections/bulk/", connections.ConnectionsBulk.as_view(), name="connections-bulk"),
    path(f"{_GROUP}connections/<row:id>/", connections.OneConnection.as_view(), name="connection"),
    path(f"{_GROUP}connections/<row:id>/restore/", connections.ConnectionRestore.as_view(), name="connection-restore"),
    path(f"{_GROUP}events/", events.Events.as_view(), name="events"),
    path(f"{_GROUP}events/bulk/", events.EventsBulk.as_view(), name="events-bulk"),
    path(f"{_GROUP}events/<row:id>/", events.OneEvent.as_view(), name="event"),
    path(f"{_GROUP}knowledge/", knowledge.KnowledgeList.as_view(), name="knowledge"),
    path(f"{_GROUP}knowledge/bulk/", knowledge.KnowledgeBulk.as_view(), name="knowledge-bulk"),
    path(f"{_GROUP}knowledge/search/", knowledge.KnowledgeSearch.as_view(), name="knowledge-search"),
    path(f"{_GROUP}knowledge/<row:id>/", knowledge.OneKnowledge.as_view(), name="knowledge-one"),
    path(f"{_GROUP}knowledge/<row:id>/restore/", knowledge.KnowledgeRestore.as_view(), name="knowledge-restore"),
    path(f"{_GROUP}knowledge/<row:id>/links/", knowledge_links.KnowledgeLinks.as_view(), name="knowledge-links"),
    path(f"{_GROUP}imports/", imports.Imports.as_view(), name="imports"),
    path(f"{_GROUP}imports/<row:id>/", imports.OneImport.as_view(), name="import"),
    path(f"{_GROUP}imports/<row:id>/pause/", import_acts.ImportPause.as_view(), name="import-pause"),
    path(f"{_GROUP}imports/<row:id>/resume/", import_acts.ImportResume.as_view(), name="import-resume"),
    path(f"{_GROUP}imports/<row:id>/cancel/", import_acts.ImportCancel.as_view(), name="import-cancel"),
    path(f"{_GROUP}imports/<row:id>/start/", import_acts.ImportStart.as_view(), name="import-start"),
    path(f"{_GROUP}imports/<row:id>/rejects/", import_acts.ImportRejects.as_view(), name="import-rejects"),
    path(f"{_GROUP}imports/<row:id>/undo/", import_acts.ImportUndo.as_view(), name="import-undo"),
    path(f"{_GROUP}imports/<row:id>/progress/", import_acts.ImportProgress.as_view(), name="import-progress"),
    path(f"{_GROUP}export/", exports.Export.as_view(), name="export"),
    path(f"{_GROUP}metrics/", metrics.Metrics.as_view(), name="metrics"),
    path(f"{_GROUP}metrics/days/", metrics.MetricsDays.as_view(), name="metrics-days"),
    path(f"{_GROUP}metrics/forecast/", outlook.MetricsForecast.as_view(), name="metrics-forecast"),
    path(f"{_GROUP}metrics/churn/", outlook.MetricsChurn.as_view(), name="metrics-churn"),
    path(f"{_GROUP}metrics/custom/", metrics.MetricsCustom.as_view(), name="metrics-custom"),
    path("catalogue/", catalogue.Catalogue.as_view(), name="catalogue"),
    path("catalogue/things/<slug:name>/", catalogue.CatalogueThing.as_view(), name="catalogue-thing"),
    path("catalogue/connections/<slug:name>/", catalogue.CatalogueConnection.as_view(), name="catalogue-connection"),
    path("catalogue/events/<slug:name>/", catalogue.CatalogueEvent.as_view(), name="catalogue-event"),
    path("me/", me.Me.as_view(), name="me"),
    path("me/tokens/", me.Tokens.as_view(), name="tokens"),
    path("me/tokens/<row:id>/", me.OneToken.as_view(), name="token"),
]
"""Every route; each view's `rights` say what its methods need."""

urlpatterns = [
    path("v1/", include(v1)),
    path("schema/", reference.openapi_document, name="api-schema"),
    path("docs/", reference.reference, name="api-docs"),
    re_path(r"^", unknown_address),  # whatever follows, line breaks too
]
