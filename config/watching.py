"""Looking after clock and workers: from requests, and from a thread of each worker."""

import logging
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

from ontology import replica

LOOK_SECONDS = 60.0
WORKER_LOOK_SECONDS = 30.0
_log = logging.getLogger(__name__)
_next_look = [0.0]
_turn = threading.Lock()


class WatchFromWeb:
    """After a request, once a minute at most, a thread looks whether clock and worker live, and how the replica is; sooner when that has changed.

    The request itself does not wait for it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer."""
        response = self.get_response(request)
        if settings.WATCH_FROM_WEB and (time.monotonic() >= _next_look[0] or replica.news()) and _turn.acquire(blocking=False):
            try:
                _next_look[0] = time.monotonic() + LOOK_SECONDS
                threading.Thread(target=look, args=("web",), daemon=True).start()
            finally:
                _turn.release()
        return response


def look(kind: str) -> None:
    """Looks once, with a connection of this thread's own."""
    from monitoring.services.replica import replica_observed
    from monitoring.services.watching import watch

    try:
        replica_observed()
        watch(kind)
    except DatabaseError:
        _log.warning("The database does not answer; whether clock and workers live is not known", exc_info=True)
    finally:
        connection.close()


def watch_begin() -> None:
    """Looks every half minute for as long as this worker lives."""

    def go_on() -> None:
        while True:
            look("worker")
            time.sleep(WORKER_LOOK_SECONDS)

    threading.Thread(target=go_on, daemon=True, name="watch").start()
