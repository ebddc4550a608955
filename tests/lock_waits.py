"""How long sessions wait for locks, and for whose: told apart from a slow machine, since PostgreSQL itself says when each wait began."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

EVERY_SECONDS = 0.01
_WAITS = """
SELECT 1000 * extract(epoch FROM clock_timestamp() - l.waitstart), coalesce(l.relation::regclass::text, l.locktype)
FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE NOT l.granted AND a.application_name = %(waiter)s AND a.datname = current_database()
    AND EXISTS (SELECT FROM unnest(pg_blocking_pids(l.pid)) AS b (pid) JOIN pg_stat_activity AS h ON h.pid = b.pid WHERE h.application_name <> %(waiter)s)
"""


@dataclass(slots=True)
class LockWaits:
    """What was seen: the longest wait behind a session of another name, for what it was, and how often it was looked."""

    longest_ms: float = 0.0
    what: str = ""
    seen: int = 0
    looks: int = 0


@contextmanager
def lock_waits(url: str, waiter: str) -> Iterator[LockWaits]:
    """Looks a hundred times a second at the sessions whose application_name is WAITER; a wait is seen to within that."""
    found, stop = LockWaits(), threading.Event()

    def looks() -> None:
        with psycopg.connect(url, autocommit=True, application_name="looks") as session:
            while not stop.wait(EVERY_SECONDS):
                found.looks += 1
                for waited, what in session.execute(_WAITS, {"waiter": waiter}):
                    found.seen += 1
                    if waited is not None and waited > found.longest_ms:
                        found.longest_ms, found.what = float(waited), what

    thread = threading.Thread(target=looks)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()
