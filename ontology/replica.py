"""Which database a read is asked from: a streaming replica where one is named (REPLICA_URL) and knows enough, else the primary.

A read is routed whole. Django's routers see each queryset by itself, and no SQL of our own; here `default` is the replica for as long as a read lasts,
so that everything a request asks is asked of one server, in one transaction, within the sealed scope of the request, which holds there as well.
Writes, and everything around them, never come here: they find `default` as it is.
"""

import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, OperationalError, connections
from psycopg import errors

from ontology.sql import statement

REPLICA = "replica"
LOOK_SECONDS = 0.5
"""How often a process asks how far the replica is; a person who wrote since is looked after anew."""
BARRED_SECONDS, AWAY_SECONDS = 5.0, 1.0
"""For how long nobody tries again: a replica that broke off, a primary that did not answer."""
READS = frozenset({"GET", "HEAD"})
_CROWDED, _POOL = ("too many", "remaining connection slots"), "couldn't get a connection"
_log = logging.getLogger(__name__)

_place: ContextVar[str] = ContextVar("read_place", default="")
"""Blank on the primary; REPLICA within a read there; AWAY while everything is read there because the primary is away."""
AWAY = "away"


@dataclass(slots=True)
class Standing:
    """What this process knows of the replica. Places are bytes of the log of changes, moments are monotonic seconds."""

    places: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=1200))
    """Where the primary was, and when: the latest that the replica has passed says how old it is."""
    replayed: int | None = None
    lag_seconds: float | None = None
    """How old what the replica shows may be; None: not known, or no replica."""
    looked_at: float = -LOOK_SECONDS
    barred_until: float = 0.0
    away_until: float = 0.0
    fault: str = ""
    told: bool | None = None
    turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_fit(self) -> bool:
        """Whether reads may go there, as far as this process knows."""
        return self.lag_seconds is not None and self.lag_seconds <= settings.REPLICA_LAG_SECONDS and time.monotonic() >= self.barred_until

    def passed(self, now: float) -> float | None:
        """The age of the latest place that the replica has passed."""
        if self.replayed is None:
            return None
        if self.places and self.replayed >= self.places[-1][1]:
            return 0.0
        return next((now - at for at, place in reversed(self.places) if place <= self.replayed), None)


standing = Standing()


def is_used() -> bool:
    """Whether this process knows a replica."""
    return REPLICA in settings.DATABASES


def place_of_reads() -> str:
    """Where the present read is asked, for the answer's header: `primary`, `replica`, or `replica; primary is away`."""
    return {"": "primary", REPLICA: "replica", AWAY: "replica; primary is away"}[_place.get()]


def primary_is_away() -> bool:
    """Whether everything is read from the replica because the primary does not answer: nothing can be written, and nothing need be tried."""
    return _place.get() == AWAY


def read[T](act: Callable[[], T], person_id: Any) -> T:
    """What ACT reads: from the replica where it shows what PERSON has written, else, and when it breaks off or ACT writes, from the primary.

    ACT opens its own transaction and may be called twice. On the primary this costs one query more than ACT, and one a second of the replica.
    """
    if not is_used() or _place.get() or not _is_fit_for(person_id):
        return act()
    try:
        with _asked(REPLICA):
            return act()
    except (DatabaseError, InterfaceError) as error:
        if not is_fault(error):
            raise
        _note(error)
        return act()


@contextmanager
def _asked(place: str) -> Iterator[None]:
    """Makes the replica `default` until the end of the block."""
    primary, token = connections[DEFAULT_DB_ALIAS], _place.set(place)
    connections[DEFAULT_DB_ALIAS] = connections[REPLICA]
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = primary
        _place.reset(token)


def is_reading() -> bool:
    """Whether the present read is asked from the replica and may be asked again from the primary."""
    return _place.get() == REPLICA


def took_too_long(error: BaseException) -> bool:
    """Whether the database broke a statement off because it took longer than a request's may (STATEMENT_SECONDS)."""
    return isinstance(error.__cause__, errors.QueryCanceled)


def is_fault(error: BaseException) -> bool:
    """Whether ERROR is the replica's own: it is away, it cancelled the query to go on, or something was asked that only a primary can do.

    What took too long there would take as long on the primary.
    """
    return (isinstance(error, OperationalError | InterfaceError) and not took_too_long(error)) or _needs_primary(error)


def _needs_primary(error: BaseException) -> bool:
    return isinstance(error.__cause__, errors.ReadOnlySqlTransaction | errors.FeatureNotSupported)


def only_primary(error: DatabaseError) -> bool:
    """Whether ERROR means that only the primary can do what was asked, while it is away."""
    return primary_is_away() and _needs_primary(error)


def _note(error: DatabaseError | InterfaceError) -> None:
    """What went wrong with a read: a replica that is gone is left alone for a while."""
    if getattr(error.__cause__, "sqlstate", None) is None or isinstance(error.__cause__, errors.OperatorIntervention):
        standing.fault = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        standing.barred_until = time.monotonic() + BARRED_SECONDS
        standing.lag_seconds = None
        _log.warning("the replica does not answer, reads go to the primary: %s", standing.fault)
    else:
        _log.info("a read went to the primary after the replica refused it: %s", error)


def _is_fit_for(person_id: Any) -> bool:
    """Whether the replica is fit, and has replayed what PERSON wrote last."""
    if connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return False
    now = time.monotonic()
    if now >= standing.barred_until and now - standing.looked_at >= LOOK_SECONDS and standing.turn.acquire(blocking=False):
        try:
            _look(now)
        finally:
            standing.turn.release()
    if not standing.is_fit:
        return False
    written, _ = _primary("person_written", {"person": person_id})
    if written is None or (standing.replayed is not None and written <= standing.replayed):
        return True
    try:
        standing.replayed = _replayed()
    except (OperationalError, InterfaceError) as error:
        _note(error)
        return False
    return standing.replayed is not None and written <= standing.replayed


def _look(now: float) -> None:
    """Takes the place of the primary, then that of the replica."""
    standing.looked_at = now
    _, place = _primary("person_written", {"person": None})
    standing.places.append((now, place))
    try:
        standing.replayed = _replayed()
        standing.lag_seconds, standing.fault = standing.passed(now), ""
    except (OperationalError, InterfaceError) as error:
        _note(error)


def _primary(name: str, parameters: dict[str, Any]) -> tuple[Any, ...]:
    return _row(DEFAULT_DB_ALIAS, name, parameters)


def _replayed() -> int | None:
    (place,) = _row(REPLICA, "replica_place", {})
    return None if place is None else int(place)


def _row(alias: str, name: str, parameters: dict[str, Any]) -> tuple[Any, ...]:
    with connections[alias].cursor() as cursor:
        cursor.execute(statement(name), parameters)
        found: tuple[Any, ...] = cursor.fetchone()
    return found


def written(person_id: Any) -> None:
    """A write of PERSON has been committed: their reads wait for the replica to have it. One query, none without a replica.

    A failure is told to the log and to nobody: the write is done, and must not be told as failed.
    """
    if not is_used() or person_id is None or connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return
    try:
        _row(DEFAULT_DB_ALIAS, "person_wrote", {"person": person_id})
    except (DatabaseError, InterfaceError):
        _log.warning("that %s wrote is not remembered: the next read may come from a replica that lacks it", person_id, exc_info=True)


def primary_answers() -> bool:
    """Whether the primary takes this thread's session; one that did not is left alone for a second. One query at most, which Django makes anyway."""
    if time.monotonic() < standing.away_until:
        return False
    link = connections[DEFAULT_DB_ALIAS]
    if link.errors_occurred:
        # It was sound when the request began, and something has gone wrong since.
        link.health_check_done = False  # type: ignore[attr-defined]  # the stubs leave it out
    try:
        link.close_if_health_check_failed()
        link.ensure_connection()
    except (OperationalError, InterfaceError) as error:
        if any(words in str(error) for words in _CROWDED) or (_POOL in str(error) and _listens(link.settings_dict)):
            return True  # it is there, and refuses by itself
        standing.away_until = time.monotonic() + AWAY_SECONDS
        return False
    return True


def _listens(at: dict[str, Any]) -> bool:
    """Whether somebody listens there: a pool says of a server that is gone what it says of one that is busy."""
    if not at["HOST"] or at["HOST"].startswith("/"):
        return True
    try:
        socket.create_connection((at["HOST"], int(at["PORT"] or 5432)), 1.0).close()
    except OSError:
        return False
    return True


@contextmanager
def primary_away() -> Iterator[None]:
    """Reads everything from the replica until the end of the block, however old: better than nothing, and said so in the answer."""
    with suppress(DatabaseError, InterfaceError):
        connections[DEFAULT_DB_ALIAS].close()
    with _asked(AWAY):
        yield


def news() -> bool:
    """Whether the replica has become fit or unfit since this was asked last; for who raises alerts."""
    if not is_used() or (standing.looked_at < 0 and standing.barred_until == 0):
        return False
    fit = standing.is_fit
    if fit is standing.told:
        return False
    standing.told = fit
    return True


class Router:
    """Keeps migrations from the replica, which has what the primary has. Reads are routed whole, above."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """No for the replica, no opinion else."""
        return False if db == REPLICA else None
