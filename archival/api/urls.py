"""The addresses of archives below /api/v1/, and those of events, which go on into the archive, in place of ontology's."""

from django.urls import URLPattern, path

from archival.api import views
from ontology.api import urls  # noqa: F401 -- which makes the converter `row`

_GROUP = "groups/<slug:slug>/"

v1: list[URLPattern] = [
    path(f"{_GROUP}archive/", views.Archive.as_view(), name="archive"),
    path(f"{_GROUP}archive/run/", views.ArchiveRun.as_view(), name="archive-run"),
    path(f"{_GROUP}archive/restore/", views.ArchiveRestore.as_view(), name="archive-restore"),
    path(f"{_GROUP}archive/report/", views.ArchiveReport.as_view(), name="archive-report"),
]
"""Every route of its own; each view's `rights` say what its methods need."""

in_place: list[URLPattern] = [
    path(f"{_GROUP}events/", views.TieredEvents.as_view(), name="events"),
    path(f"{_GROUP}events/<row:id>/", views.TieredEvent.as_view(), name="event"),
    path(f"{_GROUP}things/<row:id>/activity/", views.TieredActivity.as_view(), name="thing-activity"),
    path(f"{_GROUP}things/<row:id>/audit/", views.TieredAudit.as_view(), name="thing-audit"),
]
"""Routes of ontology whose answers the archive completes: found before ontology's own, under the same names."""

urlpatterns = [*v1, *in_place]
