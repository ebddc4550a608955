"""The OpenAPI document at /api/schema/, and the page that shows it at /api/docs/. Both are open: they tell no secret."""

import hashlib
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

from ontology.api.answers import JSON, json_bytes, not_modified

YAML = "application/yaml"


@require_safe
def openapi_document(request: HttpRequest) -> HttpResponse:
    """The document: JSON, or YAML for `?format=yaml` and for who accepts nothing else. Made once per process."""
    accepted = request.headers.get("Accept", "")
    wants_yaml = request.GET.get("format") == "yaml" or ("yaml" in accepted and "json" not in accepted)
    body = document_yaml() if wants_yaml else document_json()
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    if request.headers.get("If-None-Match") == etag:
        return not_modified(etag)
    kind = YAML if wants_yaml else JSON
    return HttpResponse(body, content_type=kind, headers={"ETag": etag, "Cache-Control": "no-cache", "Vary": "Accept"})


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """The page."""
    return render(request, "api/reference.html")


@cache
def document_json() -> bytes:
    """The document as JSON."""
    return json_bytes(SchemaGenerator().get_schema(request=None, public=True))


@cache
def document_yaml() -> bytes:
    """The document as YAML."""
    text: bytes = OpenApiYamlRenderer().render(SchemaGenerator().get_schema(request=None, public=True), renderer_context={})
    return text
