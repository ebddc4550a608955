"""What tells requests apart: an id for each, in its answer and in every line of the log; and the address it came from."""

import ipaddress
import logging
import re
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from ontology.ids import uuid7

HEADER = "X-Request-Id"
_TAKEN = re.compile(r"[A-Za-z0-9._-]{1,100}")
_current: ContextVar[str] = ContextVar("request_id", default="-")


class RequestIds:
    """Gives each request an `id`: the client's own where it is a short plain word, else a new one; the answer carries it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, with the request's id."""
        asked = request.headers.get(HEADER, "")
        request_id = asked if _TAKEN.fullmatch(asked) else str(uuid7())
        request.id = request_id  # type: ignore[attr-defined]
        before = _current.set(request_id)
        try:
            response = self.get_response(request)
        finally:
            _current.reset(before)
        response[HEADER] = request_id
        return response


class RequestIdFilter(logging.Filter):
    """Puts the id of the request at work into each record; a dash outside of requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true: it only adds."""
        record.request_id = _current.get()
        return True


def client_address(request: HttpRequest) -> str | None:
    """The address that a request came from: the connection's, or, behind a proxy, the last that the proxy itself wrote into X-Forwarded-For."""
    if settings.BEHIND_PROXY:
        last = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        try:
            return str(ipaddress.ip_address(last))
        except ValueError:
            pass
    return request.META.get("REMOTE_ADDR")
