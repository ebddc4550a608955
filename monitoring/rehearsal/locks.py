"""Which tables the migrations keep from people, and for how long: looked at from a session of its own while they run."""

import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import psycopg

from monitoring.rehearsal.judging import Held
from monitoring.sql import statement

LOOK_SECONDS = 0.01


class LockWatch:
    """Looks every LOOK_SECONDS, in a thread, at the locks that others hold on the tables that there are when it begins.

    What it tells is at most one look too short. `migration` is set by whoever runs them.
    """

    def __init__(self, session: psycopg.Connection) -> None:
        self.migration = ""
        self._session = session
        self._tables = [oid for (oid,) in session.execute(statement("rehearsal_tables")).fetchall()]
        self._seen: dict[tuple[Any, ...], tuple[float, float]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.failed: psycopg.Error | None = None

    def __enter__(self) -> "LockWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        asked = statement("rehearsal_locks")
        try:
            while not self._stop.is_set():
                migration, found = self.migration, self._session.execute(asked, {"tables": self._tables}).fetchall()
                now = time.monotonic()
                for transaction, table, mode in found:
                    key = (migration, transaction, table, mode)
                    self._seen[key] = (self._seen.get(key, (now, now))[0], now)
                self._stop.wait(LOOK_SECONDS)
        except psycopg.Error as broken:
            self.failed = broken

    def held(self) -> list[Held]:
        """The longest time of each lock on each table in each migration, the longest first."""
        return longest({key: last - first + LOOK_SECONDS for key, (first, last) in self._seen.items()})


def longest(seen: Mapping[tuple[Any, ...], float]) -> list[Held]:
    """The longest of each (migration, table, mode) of SEEN: seconds by (migration, transaction, table, mode)."""
    most: dict[tuple[str, str, str], float] = defaultdict(float)
    for (migration, _, table, mode), seconds in seen.items():
        most[migration, table, mode] = max(most[migration, table, mode], seconds)
    return sorted((Held(*key, round(seconds, 3)) for key, seconds in most.items()), key=lambda held: -held.seconds)
