"""Samples of database and machine while a simulation runs, taken by a thread with a session of its own."""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

from monitoring.load.processes import Computing, Processes
from monitoring.sql import rows

SAMPLE_SECONDS = 0.5
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sample:
    """One look. Sessions are those of requests; `active` is split by what they wait for, `computing` waits for nothing."""

    at: float
    sessions: int
    active: int
    idle_in_transaction: int
    on_lock: int
    on_files: int
    on_log: int
    on_latch: int
    on_client: int
    computing: int
    every_session: int
    sessions_max: int
    role_max: int | None
    blocks_hit: int
    blocks_read: int
    transactions: int
    wal_bytes: int
    machine: Computing | None = None
    measuring: bool = True


COUNTS = tuple(Sample.__dataclass_fields__)[1:-2]
"""What the statement returns, in its order."""


@dataclass(slots=True)
class Sampler:
    """Samples until the end of the block. `measuring` is set by whoever knows that the ramp is over."""

    processes: Processes
    samples: list[Sample] = field(default_factory=list)
    blockers: dict[str, int] = field(default_factory=dict)
    measuring: bool = False
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> "Sampler":
        self._thread = threading.Thread(target=self._go, name="load sampler", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        assert self._thread is not None
        self._thread.join()

    def _go(self) -> None:
        try:
            while not self._ended.is_set():
                began = time.monotonic()
                self._look(began)
                self._ended.wait(max(0.05, SAMPLE_SECONDS - (time.monotonic() - began)))
        finally:
            connection.close()

    def _look(self, now: float) -> None:
        computing = self.processes.look(now)
        role = {"role": settings.DATABASE_ROLES["app"]}
        try:
            ((_, *counts),) = rows("load_sample", role)
            counted: dict[str, Any] = dict(zip(COUNTS, counts, strict=True))
            self.samples.append(Sample(at=now, machine=computing, measuring=self.measuring, **counted))
            if self.samples[-1].on_lock:
                for pid, user, program, state, text, table, waiting in rows("load_blockers", role):
                    told = f"session {pid} of {user}{f' ({program})' if program else ''}, {state}, {table or 'some row'}: {text}"
                    self.blockers[told] = max(waiting, self.blockers.get(told, 0))
        except DatabaseError as refused:
            _log.warning("no sample of the database: %s", refused)
            connection.close()


def summary(samples: list[Sample]) -> Mapping[str, Any]:
    """The means of SAMPLES, and rates between the first and the last; of machines None where nothing could be seen."""
    used = [it for it in samples if it.measuring] or samples
    if not used:
        return {}
    first, last, seconds = used[0], used[-1], max(0.001, used[-1].at - used[0].at)
    hit, read = last.blocks_hit - first.blocks_hit, last.blocks_read - first.blocks_read
    looks = [it.machine for it in used if it.machine is not None]
    names = ("sessions", "active", "idle_in_transaction", "on_lock", "on_files", "on_log", "on_latch", "on_client", "computing")
    parts = sorted({name for look in looks for name in look.parts})
    delays = [look.delayed for look in looks if look.delayed is not None]
    most = min(it for it in (last.sessions_max, last.role_max) if it is not None)
    return {
        "samples": len(used),
        **{name: round(sum(getattr(it, name) for it in used) / len(used), 2) for name in names},
        "sessions_most": max(it.sessions for it in used),
        "every_session_most": max(it.every_session for it in used),
        "sessions_max": most,
        "cache_hit_percent": round(100 * hit / (hit + read), 2) if hit + read else None,
        "transactions_per_second": round((last.transactions - first.transactions) / seconds, 1),
        "wal_bytes_per_second": round((last.wal_bytes - first.wal_bytes) / seconds),
        "cores": looks[-1].cores if looks else None,
        "cores_used": round(sum(look.machine for look in looks) / len(looks), 2) if looks else None,
        "cores_by_part": {name: round(sum(look.parts.get(name, 0.0) for look in looks) / len(looks), 2) for name in parts},
        "cores_waited_for": round(sum(delays) / len(delays), 2) if delays else None,
    }
