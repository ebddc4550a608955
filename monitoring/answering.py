"""How requests were answered: counted in each process, and written about once a minute, so that availability is known without a log of anything."""

import bisect
import logging
import time
from dataclasses import asdict, dataclass, field
from threading import Lock

import orjson
from django.db import DatabaseError, connection

log = logging.getLogger("monitoring.answering")
BOUNDS_MS = (10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)
TELL_SECONDS = 60
ADD = "SELECT monitoring_requests_add(%s)"


@dataclass(slots=True)
class Answers:
    """What requests of one kind came to; see `models.RequestHour`."""

    caller: str
    answered: int = 0
    refused: int = 0
    failed: int = 0
    ms: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_MS) + 1))


_sums: dict[str, Answers] = {}
_lock = Lock()
_told_at = time.monotonic()


def request_answered(caller: str, status: int, ms: float) -> None:
    """Counts a request of the kind CALLER that took MS; writes what was counted, by one statement, when the last time is a minute ago."""
    with _lock:
        sums = _sums.setdefault(caller, Answers(caller))
        sums.ms += ms
        sums.buckets[bisect.bisect_left(BOUNDS_MS, ms)] += 1
        if status >= 500:
            sums.failed += 1
        elif status >= 400:
            sums.refused += 1
        else:
            sums.answered += 1
    if time.monotonic() - _told_at >= TELL_SECONDS:
        answers_tell()


def answers_tell() -> None:
    """Writes what this process has counted. What cannot be written is lost, with a line in the log: no request fails for it."""
    global _told_at
    with _lock:
        _told_at = time.monotonic()
        told = [asdict(sums) for _, sums in sorted(_sums.items())]
        _sums.clear()
    if not told or connection.in_atomic_block:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(ADD, [orjson.dumps(told).decode()])
    except DatabaseError:
        log.warning("the counts of answered requests could not be kept", exc_info=True)


def percentile(buckets: list[int], share: float) -> int | None:
    """The bound in ms that SHARE (0 to 1) of the counted requests stayed within; None when none were counted, or the last bound was not enough."""
    wanted, seen = share * sum(buckets), 0
    for bound, count in zip(BOUNDS_MS, buckets, strict=False):
        seen += count
        if count and seen >= wanted:
            return bound
    return None
