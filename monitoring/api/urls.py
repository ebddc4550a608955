"""The addresses of data quality below /api/v1/."""

from django.urls import URLPattern, path

from monitoring.api import quality_views as views

_GROUP = "groups/<slug:slug>/"

v1: list[URLPattern] = [
    path(f"{_GROUP}integrity/", views.Integrity.as_view(), name="integrity"),
    path(f"{_GROUP}quality/", views.Quality.as_view(), name="quality"),
    path(f"{_GROUP}snapshots/", views.Snapshots.as_view(), name="snapshots"),
    path(f"{_GROUP}findings/", views.Findings.as_view(), name="findings"),
    path("integrity/", views.PlatformIntegrity.as_view(), name="platform-integrity"),
    path("quality/", views.PlatformQuality.as_view(), name="platform-quality"),
    path("snapshots/", views.PlatformSnapshots.as_view(), name="platform-snapshots"),
    path("findings/", views.PlatformFindings.as_view(), name="platform-findings"),
]
"""Every route; each view's `rights` say what its methods need."""

urlpatterns = v1
