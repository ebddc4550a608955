"""The addresses below /api/."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, include, path, re_path, register_converter

from ontology.api.answers import problem
from ontology.api.refusals import Refusal
from ontology.api.views import things


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


def unknown_address(request: HttpRequest, **_: Any) -> HttpResponseBase:
    """404 for every address that is none."""
    return problem(Refusal(404, "not_found", "There is no such address; those of this API end with a slash, and /api/schema/ lists them."), request)


_GROUP = "groups/<slug:slug>/"

v1: list[URLPattern] = [
    path(f"{_GROUP}things/", things.Things.as_view(), name="things"),
    path(f"{_GROUP}things/bulk/", things.ThingsBulk.as_view(), name="things-bulk"),
    path(f"{_GROUP}things/<row:id>/", things.OneThing.as_view(), name="thing"),
    path(f"{_GROUP}things/<row:id>/restore/", things.ThingRestore.as_view(), name="thing-restore"),
]
"""Every route; each view's `rights` say what its methods need."""

urlpatterns = [
    path("v1/", include(v1)),
    re_path(r"^.*$", unknown_address),
]
