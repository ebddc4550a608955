"""Whether this process answers, and whether what it stands on does."""

import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from functools import cache
from pathlib import Path

from celery import current_app
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse

from archival.store import store

ANSWER_SECONDS = 3.0
KEPT_SECONDS = 2.0
"""How long an answer is given again: however many ask, the parts are asked this often at most."""
_log = logging.getLogger(__name__)
PROBE = "health/probe"
"""An object that nobody writes: a store that says so answers."""


def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process serves requests; asks nothing of database or broker."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """200 while database, broker, storage and migrations are as requests need them, else 503; says of each in a word how it is, and never why.

    Takes ANSWER_SECONDS at most, four small questions, and a connection to the database of its own.
    """
    parts = _readiness.parts()
    return JsonResponse(parts, status=200 if set(parts.values()) == {"ok"} else 503, headers={"Cache-Control": "no-store"})


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    missing = _shipped() - set(MigrationRecorder(connection).applied_migrations())
    return f"{len(missing)} to be applied" if missing else "ok"


@cache
def _shipped() -> frozenset[tuple[str, str]]:
    """The migrations of this version, as (app, name); a process keeps them, for it must be restarted to get others."""
    return frozenset(MigrationLoader(None).disk_migrations)


def _broker() -> str:
    options = {"socket_connect_timeout": ANSWER_SECONDS, "socket_timeout": ANSWER_SECONDS}
    with current_app.connection_for_write(connect_timeout=ANSWER_SECONDS, transport_options=options) as link:
        link.connect()
    return "ok"


def _storage() -> str:
    uploads, archive = Path(default_storage.path(PROBE)), store().path(PROBE)
    store().exists(PROBE)
    return "ok" if all(_is_writable(file) for file in (uploads, archive) if file) else "not writable"


def _is_writable(file: Path) -> bool:
    """Whether FILE could be made: folders are made when they are first needed."""
    folder = next(parent for parent in file.parents if parent.exists())
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


PARTS: dict[str, Callable[[], str]] = {"database": _database, "migrations": _migrations, "broker": _broker, "storage": _storage}


class Readiness:
    """Asks the parts side by side, each by one thread at most: one that hangs is not asked again until it has answered."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._asked: dict[str, Future[str]] = {}
        self._pool: ThreadPoolExecutor | None = None  # made by the first request: threads do not live through a fork
        self._kept_until = 0.0
        self._kept: dict[str, str] = {}

    def parts(self) -> dict[str, str]:
        """How each part is, `ok` or what it lacks, at most KEPT_SECONDS old."""
        with self._turn:
            if time.monotonic() >= self._kept_until:
                self._kept = self._ask()
                self._kept_until = time.monotonic() + KEPT_SECONDS
            return self._kept

    def _ask(self) -> dict[str, str]:
        self._pool = self._pool or ThreadPoolExecutor(len(PARTS), "readyz")
        for name, question in PARTS.items():
            if name not in self._asked or self._asked[name].done():
                self._asked[name] = self._pool.submit(_answer, name, question)
        wait_for(self._asked.values(), ANSWER_SECONDS)
        return {name: asked.result() if asked.done() else "no answer" for name, asked in self._asked.items()}


def _answer(name: str, question: Callable[[], str]) -> str:
    """The part's answer; why there is none goes to the log, for addresses may hold names and passwords."""
    try:
        return question()
    except Exception as failed:  # noqa: BLE001 -- whatever a driver raises means the same here
        _log.warning("readyz: %s does not answer: %s", name, type(failed).__name__)
        return "no answer"
    finally:
        connection.close()


_readiness = Readiness()
