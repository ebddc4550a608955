"""How long requests wait before their turn: told in their answers, and past a limit refused at once, so that a crowd cannot make everybody wait."""

import logging
import math
import time
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from monitoring.answering import request_answered
from ontology.api.answers import refused
from ontology.api.refusals import Refusal
from ontology.postgres import connecting

HEADER = "Server-Timing"
ALWAYS_SERVED = frozenset({"/healthz", "/readyz", "/metrics"})
"""Whoever looks after the process hears that it lives, however many wait."""
UNTOLD = "/account/"
"""How long a sign-in took would say what became of it."""
CALM_SECONDS, STANDING_SHARE = 0.1, 0.2
"""A queue stands when nobody has waited less than CALM_SECONDS for QUEUE_SECONDS; requests may then wait this share of them."""
LOG_SECONDS = 5.0
_log = logging.getLogger(__name__)
_refused, _logged_at, _calm_at = [0], [-LOG_SECONDS], [time.monotonic()]
waited_seconds: ContextVar[float] = ContextVar("waited_seconds", default=0.0)
"""How long the request at work has waited for a thread, where the server says so (config/web_worker.py)."""


class Queueing:
    """Refuses with 503 what has waited longer than QUEUE_SECONDS, before it costs anything; tells of the rest where its time went.

    Who waited so long has mostly gone away: to serve them all the same would keep everybody after them waiting as long. While a queue stands, and does not
    only pass, the limit is a fifth of it: a queue that never empties serves nobody sooner, it makes everybody wait (controlled delay, RFC 8289).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, with Server-Timing in ms: queue, app (all after it), of which db (statements) and conn (waiting for a connection)."""
        waited = waited_seconds.get()
        if waited > _patience(waited) and request.path_info not in ALWAYS_SERVED:
            return _told(_crowded(request, waited), waited, 0.0)
        connecting.set(0.0)
        began = time.perf_counter()
        response = self.get_response(request)
        if request.path_info.startswith(UNTOLD):
            del response[HEADER]  # what those within have told; nothing where they told nothing
            return response
        return _told(response, waited, time.perf_counter() - began)


def _patience(waited: float) -> float:
    """How long a request may have waited by now, in seconds."""
    now = time.monotonic()
    if waited < CALM_SECONDS:
        _calm_at[0] = now
    return settings.QUEUE_SECONDS if now - _calm_at[0] < settings.QUEUE_SECONDS else settings.QUEUE_SECONDS * STANDING_SHARE


def _told(response: HttpResponse, waited: float, app: float) -> HttpResponse:
    parts = [f"queue;dur={waited * 1000:.1f}", f"app;dur={app * 1000:.1f}", f"conn;dur={connecting.get() * 1000:.1f}"]
    before = response.headers.get(HEADER)
    response.headers[HEADER] = ", ".join([*parts, before] if before else parts)
    return response


def _crowded(request: HttpRequest, waited: float) -> HttpResponse:
    """503 with a time to come back: the longer the queue, the later."""
    later = {"Retry-After": str(max(2, math.ceil(waited)))}
    sentence = f"More requests come than this server can serve: this one has waited {waited:.1f} s for its turn. Nothing was done; try again."
    if request.path_info.startswith("/api/"):
        answer = refused(Refusal(503, "crowded", sentence, headers=later), request)
    else:
        answer = render(None, "crowded.html", status=503)  # without the request, whose session would ask the database
        answer.headers["Retry-After"] = later["Retry-After"]
    _count(waited)
    answer._has_been_logged = True  # type: ignore[attr-defined]  # Django would write a line for each, thousands of them
    return answer


def _count(waited: float) -> None:
    """A refusal is counted as unavailable, and logged now and then."""
    request_answered("(refused, crowded)", 503, waited * 1000)
    _refused[0] += 1
    if time.monotonic() - _logged_at[0] >= LOG_SECONDS:
        _log.error("%d requests refused: the last has waited %.1f s for a thread", _refused[0], waited)
        _refused[0], _logged_at[0] = 0, time.monotonic()
