"""The OpenAPI document: complete, true to the routes, and open to everybody."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from django.test import Client
from django.urls import URLPattern

from ontology.api.endpoint import Endpoint
from ontology.api.views.reference import document_json
from tests.api_routes import platform, v1

METHODS = ("get", "post", "patch", "delete")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(document_json())
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                yield f"{method} {path}", operation


def test_document__is_openapi_3_1_with_both_ways_to_sign_in(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"].keys() == {"token", "session"}


def test_document__has_every_route_and_method(document: dict[str, Any]) -> None:
    def address(route: URLPattern) -> str:
        path = str(route.pattern)
        for converter in ("slug:slug", "slug:name", "row:id", "row:person"):
            path = path.replace(f"<{converter}>", "{" + converter.partition(":")[2] + "}")
        return f"/api/v1/{path}"

    routes = {address(route): {method.lower() for method in route.callback.view_class.rights} for route in v1}
    routes |= {f"/api/{route.pattern}": {method.lower() for method in route.callback.view_class.rights} for route in platform}

    assert {path: set(methods) for path, methods in document["paths"].items()} == routes


def test_document__describes_everything(document: dict[str, Any]) -> None:
    silent = []
    for name, operation in operations(document):
        silent += [f"{name} has no {part}" for part in ("operationId", "summary", "description", "tags", "security") if not operation.get(part)]
        silent += [f"{name}: {it['name']}" for it in operation.get("parameters", []) if not it.get("description")]
        for status, response in operation["responses"].items():
            if not response.get("description"):
                silent.append(f"{name}: {status}")
            for kind, content in response.get("content", {}).items():
                if not content.get("examples"):
                    silent.append(f"{name}: {status} {kind} has no example")
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            if not content.get("examples"):
                silent.append(f"{name}: body {kind} has no example")
    for name, schema in document["components"]["schemas"].items():
        silent += [f"{name}.{field}" for field, told in schema.get("properties", {}).items() if not told.get("description")]

    assert "\n".join(silent) == ""


def test_document__names_the_errors_of_every_operation(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        refusals = {status for status in operation["responses"] if status >= "400"}
        needed = {"400", "401", "403", "404", "503"} | ({"413", "415", "422"} if "requestBody" in operation else set())
        assert needed <= refusals, name
        for status in refusals:
            assert list(operation["responses"][status]["content"]) == ["application/problem+json"], name


def test_document__tells_one_media_type_of_each_body(document: dict[str, Any]) -> None:
    """Of two with the same schema a generated client sends the last, and every change would be a merge."""
    kinds = [tuple(operation["requestBody"]["content"]) for _, operation in operations(document) if "requestBody" in operation]

    assert set(kinds) == {("application/json",), ("application/octet-stream",)}


def test_document__operation_ids_are_unique_words(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, operation in operations(document)]

    assert len(set(ids)) == len(ids)
    assert {"things_list", "things_bulk_insert", "groups_create", "knowledge_search"} <= set(ids)


@pytest.mark.django_db
def test_schema__is_served_as_json_and_yaml() -> None:
    client = Client()

    as_json, as_yaml = client.get("/api/schema/"), client.get("/api/schema/?format=yaml")

    assert as_json["Content-Type"] == "application/json"
    assert as_yaml["Content-Type"] == "application/yaml"
    assert as_yaml.content.startswith(b"openapi: 3.1")
    assert client.get("/api/schema/", headers={"If-None-Match": as_json["ETag"]}).status_code == 304


@pytest.mark.django_db
def test_docs__are_served_without_inline_scripts() -> None:
    page = Client().get("/api/docs/").content.decode()

    assert page.count("<script") == page.count("<script src=") == 2


def test_endpoint__without_a_declaration_fails_at_import() -> None:
    with pytest.raises(TypeError, match="does not declare"):
        type("Silent", (Endpoint,), {"get": lambda self, request: None})
