"""Answers that are sent while they are made: files, and runs watched as server-sent events. Each has a transaction of its own, in the scope of who asked."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db import transaction
from django.http import StreamingHttpResponse

from ontology.api.answers import json_bytes
from ontology.api.refusals import Refusal
from ontology.isolation import Scope, acting
from ontology.services.streams import scoped_lines

WATCH_SECONDS = 55
"""Below the minute after which proxies cut a silent answer; browsers ask again by themselves."""
LOOK_SECONDS = 0.5
RETRY_MS = 1_000
WATCHERS_MAX = 2
"""Of one process: each watcher holds a thread, and others want to be served too."""
_watchers = threading.BoundedSemaphore(WATCHERS_MAX)

type Look = Callable[[], tuple[dict[str, Any], bool]]
"""The present state, and whether it is the last."""


def watched(scope: Scope, look: Look) -> StreamingHttpResponse:
    """What LOOK sees in SCOPE, as it changes. Raises Refusal 503 while as many watch as may."""
    if not _watchers.acquire(blocking=False):
        raise Refusal(503, "too_many_watchers", "Too many watch at the moment; ask for the import itself instead.", headers={"Retry-After": "5"})
    events = _Events(scope, look)
    return StreamingHttpResponse(events, content_type="text/event-stream", headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"})


def file_streamed(scope: Scope, lines: Callable[[], Iterable[bytes]], name: str) -> StreamingHttpResponse:
    """The file NAME of what LINES bring, read in SCOPE and one transaction as it is sent."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(scoped_lines(scope, lines), content_type="application/octet-stream", headers=headers)


class _Events:
    """The events; the watcher's place is free again when they are closed, begun or not."""

    def __init__(self, scope: Scope, look: Look) -> None:
        self._source = self._told(scope, look)
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        return self._source

    def close(self) -> None:
        """Ends them."""
        if self._open:
            self._open = False
            _watchers.release()

    def _told(self, scope: Scope, look: Look) -> Iterator[bytes]:
        until, before = time.monotonic() + WATCH_SECONDS, b""
        yield f"retry: {RETRY_MS}\n\n".encode()
        while self._open and time.monotonic() < until:
            with acting(scope), transaction.atomic():
                seen, is_last = look()
            told = json_bytes(seen)
            if told != before:
                yield b"event: progress\ndata: " + told + b"\n\n"
                before = told
            if is_last:
                yield b"event: end\ndata: {}\n\n"
                return
            time.sleep(LOOK_SECONDS)
