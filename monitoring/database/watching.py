"""What the application's own statements take: slow ones, those repeated within one request, and the time spent for each group.

A request, a task or a command is a `Work`. Statements within it are counted where they run; what is worth keeping is written when the work is over,
in a transaction of its own, and a failure to write it never fails the work. COPY is not seen, for it goes past Django's cursors.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import orjson
from django.conf import settings
from django.db import DatabaseError, connection

from monitoring.choices import SlowLevel
from ontology.replica import primary_is_away

log = logging.getLogger("monitoring.watching")
SLOW_MAX = 50
"""Slow statements kept of one work: the first of them tell the story."""
COST_SECONDS = 60
ADD = "SELECT monitoring_observed_add(%s)"


@dataclass(slots=True)
class Slow:
    """A slow statement; `at` in seconds since 1970."""

    ms: float
    level: str
    text: str
    at: float


@dataclass(slots=True)
class Repeated:
    """How often a statement ran within a work, and for how long."""

    times: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Work:
    """One request, task or command, and its statements so far."""

    caller: str
    group: str = ""
    repeats: bool = True
    """Whether statements made many times are worth telling: in a request they are, in a job that goes through many rows they are its work."""
    statements: int = 0
    seconds: float = 0.0
    rows: int = 0
    slow: list[Slow] = field(default_factory=list)
    by_text: dict[str, Repeated] = field(default_factory=dict)


_work: ContextVar[Work | None] = ContextVar("monitoring_work", default=None)
_costs: dict[str, list[float]] = {}
_costs_lock = Lock()
_costs_told_at = time.monotonic()


def slow_level(ms: float) -> SlowLevel | None:
    """How slow a statement of MS is; None when it is not."""
    warning, critical, emergency = settings.SLOW_STATEMENT_MS
    if ms < warning:
        return None
    return SlowLevel.EMERGENCY if ms >= emergency else SlowLevel.CRITICAL if ms >= critical else SlowLevel.WARNING


def watch(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Around every statement of a watched connection: its time is the work's that is going on."""
    work = _work.get()
    if work is None:
        return execute(sql, params, many, context)
    began = time.perf_counter()
    try:
        answer = execute(sql, params, many, context)
        work.rows += max(0, context["cursor"].cursor.rowcount)
    finally:
        _count(work, sql, time.perf_counter() - began)
    return answer


def _count(work: Work, sql: Any, seconds: float) -> None:
    work.statements += 1
    work.seconds += seconds
    text = sql if isinstance(sql, str) else str(sql)
    if work.repeats:
        same = work.by_text.get(text)
        if same is None:
            same = work.by_text[text] = Repeated()
        same.times += 1
        same.seconds += seconds
    if seconds * 1000 >= settings.SLOW_STATEMENT_MS[0] and len(work.slow) < SLOW_MAX:
        level = slow_level(seconds * 1000)
        assert level is not None
        work.slow.append(Slow(seconds * 1000, level.value, text, time.time()))


def group_named(slug: str) -> None:
    """Says for which group the present work is done."""
    work = _work.get()
    if work is not None:
        work.group = slug


def caller_named(caller: str) -> None:
    """Says which view, task or command the present work is, once that is known."""
    work = _work.get()
    if work is not None:
        work.caller = caller


@contextmanager
def working(caller: str, *, group: str = "", repeats: bool = True) -> Iterator[Work]:
    """Watches the statements of the block as those of CALLER; works do not nest, the outer one counts all."""
    if _work.get() is not None or not settings.WATCH_STATEMENTS:
        yield _work.get() or Work(caller)
        return
    work = Work(caller, group, repeats)
    token = _work.set(work)
    try:
        yield work
    finally:
        _work.reset(token)
        _finish(work)


def _finish(work: Work) -> None:
    """Writes what is worth keeping of a work that is over; usually nothing."""
    told: dict[str, Any] = {}
    if work.slow:
        told["slow"] = [
            {"ms": it.ms, "level": it.level, "text": it.text, "caller": work.caller, "group": work.group, "at": it.at} for it in work.slow
        ]
    repeated = [(text, it) for text, it in work.by_text.items() if it.times >= settings.REPEATED_STATEMENTS]
    if repeated:
        told["repeated"] = [
            {"caller": work.caller, "fingerprint": fingerprint(text), "text": text, "times": it.times, "ms": it.seconds * 1000}
            for text, it in repeated
        ]
    costs = _cost_added(work)
    if costs:
        told["cost"] = costs
    if told:
        _written(told)


def fingerprint(text: str) -> str:
    """What tells one statement from another: its text without regard to white space."""
    return hashlib.md5(" ".join(text.split()).encode(), usedforsecurity=False).hexdigest()


def _cost_added(work: Work) -> list[dict[str, Any]]:
    """Adds the work to this process's sums; the sums, once a minute, else nothing."""
    global _costs_told_at
    with _costs_lock:
        sums = _costs.setdefault(work.group, [0, 0.0, 0])
        sums[0] += work.statements
        sums[1] += work.seconds * 1000
        sums[2] += work.rows
        if time.monotonic() - _costs_told_at < COST_SECONDS:
            return []
        _costs_told_at = time.monotonic()
        told = [
            {"group": group, "statements": int(count), "ms": ms, "rows": int(brought)}
            for group, (count, ms, brought) in sorted(_costs.items())
            if count
        ]
        _costs.clear()
        return told


def costs_tell() -> None:
    """Writes this process's sums now; for the end of a process, and for tests."""
    global _costs_told_at
    _costs_told_at = -float("inf")
    costs = _cost_added(Work(""))
    if costs:
        _written({"cost": costs})


def _written(told: dict[str, Any]) -> None:
    """One statement, past the watch. What cannot be kept is lost, with a line in the log: nobody's work fails for it."""
    if connection.in_atomic_block or connection.needs_rollback or primary_is_away():
        log.debug("observations are dropped: the work ended within a transaction")
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(ADD, [orjson.dumps(told).decode()])
    except DatabaseError:
        log.warning("observations of statements could not be kept", exc_info=True)
