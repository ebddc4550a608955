"""The addresses of alerts below /api/v1/."""

from django.urls import URLPattern, path

from monitoring.api import views
from ontology.api import urls  # noqa: F401 -- which makes the converter `row`

_GROUP = "groups/<slug:slug>/"

v1: list[URLPattern] = [
    path(f"{_GROUP}alerts/", views.Alerts.as_view(), name="alerts"),
    path(f"{_GROUP}alerts/<row:id>/acknowledge/", views.AlertAcknowledge.as_view(), name="alert-acknowledge"),
]
"""Every route; each view's `rights` say what its methods need."""

urlpatterns = v1
