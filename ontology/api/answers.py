"""Answers: JSON by orjson, problem documents (RFC 9457), and entity tags."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from django.core.signals import got_request_exception
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from rest_framework.renderers import BaseRenderer

from ontology.api.cases import camel
from ontology.api.refusals import Refusal, refusal_of

logger = logging.getLogger(__name__)

JSON, PROBLEM_JSON = "application/json", "application/problem+json"
_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC


class JsonRenderer(BaseRenderer):
    """JSON, named here for the OpenAPI document; answers are written by `answer`."""

    media_type = JSON
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None) -> bytes:
        """DATA as JSON."""
        return json_bytes(data)


def json_bytes(data: Any) -> bytes:
    """DATA as JSON: moments in UTC with Z, ids as text."""
    return orjson.dumps(data, option=_OPTIONS)


def answer(data: Any, status: int = 200, *, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """DATA as an answer; None is an empty one (204)."""
    if data is None:
        return HttpResponse(status=204, headers=headers)
    return HttpResponse(json_bytes(data), status=status, content_type=JSON, headers=headers)


def not_modified(etag: str) -> HttpResponse:
    """304: the client has what it asks for."""
    return HttpResponse(status=304, headers={"ETag": etag})


def moment_tag(moment: datetime) -> str:
    """The entity tag of a row that was last changed at MOMENT: its microseconds since 1970."""
    return f'"u{int(moment.timestamp()) * 1_000_000 + moment.microsecond}"'


def version_tag(version: int) -> str:
    """The entity tag of a row that counts its changes."""
    return f'"v{version}"'


def problem(error: Exception, request: HttpRequest) -> HttpResponse:
    """The problem document of ERROR; one that nobody foresaw is logged, and answered without a word of its own."""
    refusal = refusal_of(error)
    if refusal is None:
        logger.error("%s %r failed", request.method, request.path, exc_info=error)
        got_request_exception.send(sender=None, request=request)
        refusal = Refusal(500, "internal_error", "Something failed on this side; it has been logged under the id in `instance`.")
    elif isinstance(error, DatabaseError):
        logger.warning("%s %r: the database refused: %s", request.method, request.path, error, exc_info=error)
    return refused(refusal, request)


def refused(refusal: Refusal, request: HttpRequest) -> HttpResponse:
    """REFUSAL as a problem document."""
    document: dict[str, Any] = {
        "type": f"urn:sextant:problem:{refusal.code}",
        "title": refusal.code.replace("_", " ").capitalize(),
        "status": refusal.status,
        "detail": refusal.detail,
        "code": refusal.code,
        "instance": f"urn:sextant:request:{getattr(request, 'id', '') or 'unknown'}",
    }
    if refusal.errors:
        document["errors"] = refusal.errors
    document |= {camel(name): value for name, value in refusal.members.items() if camel(name) not in document or name == "errors"}
    return HttpResponse(json_bytes(document), status=refusal.status, content_type=PROBLEM_JSON, headers=refusal.headers)
