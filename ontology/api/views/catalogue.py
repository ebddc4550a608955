"""catalogue/: the types of things, connections and events, and their schemas."""

from typing import Any

from django.http import HttpResponse

from ontology.api.answers import answer, not_modified
from ontology.api.columns import Columns, JsonText
from ontology.api.endpoint import Endpoint
from ontology.api.operations import describes
from ontology.api.refusals import not_found
from ontology.api.shapes import catalogue as shapes
from ontology.api.shapes.examples import CONNECTION_TYPE, EVENT_TYPE, THING_TYPE
from ontology.choices import Right
from ontology.models import ConnectionType, EventType, ThingType
from ontology.models.catalogue import CatalogueVersion

TAG = "catalogue"
_EVERY_TYPE: dict[str, Any] = {
    "name": "name",
    "category": "category",
    "feature": "feature",
    "description": "description",
    "schema": JsonText("schema"),
    "active": "active",
}
THING_COLUMNS = Columns(_EVERY_TYPE)
CONNECTION_COLUMNS = Columns({**_EVERY_TYPE, "fromTypes": "from_types", "toTypes": "to_types", "acyclic": "acyclic"})
EVENT_COLUMNS = Columns({**_EVERY_TYPE, "revenueKey": "revenue_key", "revenueWhen": JsonText("revenue_when")})


class CatalogueEndpoint(Endpoint):
    """A read of the catalogue, whose version is the ETag of each."""

    def versioned(self, request: Any, read: Any) -> HttpResponse:
        """What READ answers of the present version, or 304."""
        version = CatalogueVersion.objects.values_list("number", flat=True).first() or 0
        etag = f'"c{version}"'
        if etag in request.headers.get("If-None-Match", ""):
            return not_modified(etag)
        return answer(read(version), headers={"ETag": etag})

    def one(self, model: Any, columns: Columns) -> dict[str, Any]:
        """The type of the address. Raises Refusal 404."""
        rows, _ = columns.read(model.objects.filter(name=self.kwargs["name"]), columns.chosen({}))
        if not rows:
            raise not_found("type")
        return rows[0]


def _all(model: Any, columns: Columns) -> list[dict[str, Any]]:
    return columns.read(model.objects.order_by("name"), columns.chosen({}))[0]


class Catalogue(CatalogueEndpoint):
    """The whole catalogue."""

    @describes(
        Right.READ,
        "catalogue_read",
        "Read the catalogue",
        "All types with their schemas. They are edited in the admin; the version is the ETag.",
        tag=TAG,
        answers={200: shapes.Catalogue, 304: None},
        shown={"version": 7, "things": [THING_TYPE], "connections": [CONNECTION_TYPE], "events": [EVENT_TYPE]},
        tagged=True,
    )
    def get(self, request: Any) -> HttpResponse:
        """The catalogue."""

        def read(version: int) -> dict[str, Any]:
            types = {"things": _all(ThingType, THING_COLUMNS), "connections": _all(ConnectionType, CONNECTION_COLUMNS)}
            return {"version": version, **types, "events": _all(EventType, EVENT_COLUMNS)}

        return self.versioned(request, read)


class CatalogueThing(CatalogueEndpoint):
    """One type of things."""

    @describes(
        Right.READ,
        "catalogue_things_read",
        "Read a type of things",
        "The type with the JSON Schema of its properties.",
        tag=TAG,
        answers={200: shapes.ThingType, 304: None},
        shown=THING_TYPE,
        tagged=True,
    )
    def get(self, request: Any) -> HttpResponse:
        """The type."""
        return self.versioned(request, lambda _: self.one(ThingType, THING_COLUMNS))


class CatalogueConnection(CatalogueEndpoint):
    """One type of connections."""

    @describes(
        Right.READ,
        "catalogue_connections_read",
        "Read a type of connections",
        "The type with the types at its ends and the JSON Schema of its metadata.",
        tag=TAG,
        answers={200: shapes.ConnectionType, 304: None},
        shown=CONNECTION_TYPE,
        tagged=True,
    )
    def get(self, request: Any) -> HttpResponse:
        """The type."""
        return self.versioned(request, lambda _: self.one(ConnectionType, CONNECTION_COLUMNS))


class CatalogueEvent(CatalogueEndpoint):
    """One type of events."""

    @describes(
        Right.READ,
        "catalogue_events_read",
        "Read a type of events",
        "The type with its revenue rule and the JSON Schema of its metadata.",
        tag=TAG,
        answers={200: shapes.EventType, 304: None},
        shown=EVENT_TYPE,
        tagged=True,
    )
    def get(self, request: Any) -> HttpResponse:
        """The type."""
        return self.versioned(request, lambda _: self.one(EventType, EVENT_COLUMNS))
