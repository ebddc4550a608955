"""The addresses of monitoring below /api/v1/."""

from django.urls import URLPattern, path

from monitoring.api import quality_views, views
from ontology.api import urls  # noqa: F401 -- which makes the converter `row`

_GROUP = "groups/<slug:slug>/"

v1: list[URLPattern] = [
    path(f"{_GROUP}alerts/", views.Alerts.as_view(), name="alerts"),
    path(f"{_GROUP}alerts/<row:id>/acknowledge/", views.AlertAcknowledge.as_view(), name="alert-acknowledge"),
    path(f"{_GROUP}integrity/", quality_views.Integrity.as_view(), name="integrity"),
    path(f"{_GROUP}quality/", quality_views.Quality.as_view(), name="quality"),
    path(f"{_GROUP}snapshots/", quality_views.Snapshots.as_view(), name="snapshots"),
    path(f"{_GROUP}findings/", quality_views.Findings.as_view(), name="findings"),
    path("integrity/", quality_views.PlatformIntegrity.as_view(), name="platform-integrity"),
    path("quality/", quality_views.PlatformQuality.as_view(), name="platform-quality"),
    path("snapshots/", quality_views.PlatformSnapshots.as_view(), name="platform-snapshots"),
    path("findings/", quality_views.PlatformFindings.as_view(), name="platform-findings"),
]
"""Every route; each view's `rights` say what its methods need."""

urlpatterns = v1
