"""Measurements side by side: every round runs each contender once, in random order, so that a noisy moment meets all of them alike."""

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from ontology.isolation import acting
from ontology.models import Group
from tests.roles import as_role, scope_of

WARM_UP_ROUNDS = 1


class WrongRows(Exception):
    """A measured call that did not write what it should have: its time means nothing."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call made ready: `run` is timed, `written` counts afterwards what the database holds of it.

    With a GROUP it runs as requests do: as their role, bound by row-level security, within the scope of that group.
    """

    run: Callable[[], object]
    written: Callable[[], int]
    group: Group | None = None


@dataclass(frozen=True, slots=True)
class Contender:
    """A way to write ROWS rows; `prepare` makes a fresh call before the clock starts."""

    name: str
    rows: int
    prepare: Callable[[], Call]


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one contender, one a round."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle round."""
        return statistics.median(self.seconds)

    @property
    def best(self) -> float:
        """The quickest round: noise only adds, so this comes closest to an idle machine."""
        return min(self.seconds)

    @property
    def spread(self) -> float:
        """The width of the middle half of the rounds, as a part of the median."""
        low, _, high = statistics.quantiles(self.seconds, n=4, method="inclusive")
        return (high - low) / self.median

    def over(self, yardstick: "Times") -> float:
        """How many times YARDSTICK's time this takes: the median of the rounds' ratios, since neighbours in time share their noise."""
        return statistics.median(mine / other for mine, other in zip(self.seconds, yardstick.seconds, strict=True))


def race(contenders: Sequence[Contender], rounds: int) -> Mapping[str, Times]:
    """The times of each contender by its name, after a warm-up. Raises WrongRows."""
    seconds: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    order = list(contenders)
    for turn in range(WARM_UP_ROUNDS + rounds):
        random.shuffle(order)
        for contender in order:
            taken = _timed(contender)
            if turn >= WARM_UP_ROUNDS:
                seconds[contender.name].append(taken)
    return {name: Times(tuple(measured)) for name, measured in seconds.items()}


@contextmanager
def as_requests(group: Group | None) -> Iterator[None]:
    """As the role of requests within the scope of GROUP; without one, as the owner of the tables."""
    if group is None:
        yield
        return
    _leave_stages()
    with as_role(), acting(scope_of(group)):
        yield


def _leave_stages() -> None:
    """Drops the session's stages that the owner made; the role of requests, which may not use them, makes its own in the warm-up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_class WHERE relpersistence = 't' AND pg_get_userbyid(relowner) = current_user)")
        if cursor.fetchone() == (True,):
            cursor.execute("DISCARD TEMPORARY")


def _timed(contender: Contender) -> float:
    call = contender.prepare()
    gc.collect()
    with as_requests(call.group):
        begun = time.perf_counter()
        call.run()
        taken = time.perf_counter() - begun
    written = call.written()
    if written != contender.rows:
        raise WrongRows(f"{contender.name} wrote {written:,} rows instead of {contender.rows:,}.")
    return taken
