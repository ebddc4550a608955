"""How a group is likely to grow: events, things and storage of the coming days, and how well the same method would have told the last 90 days."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import fmean

from django.utils import timezone

from ontology.metrics.fitting import INTERVAL, WEEK, Expected, weekly_trend
from ontology.models import Group
from ontology.services.bulk import query

AHEAD_DAYS = 30
TESTED_DAYS = 90
LEARNED_DAYS = 180
"""A forecast looks back so far, at most."""
LEARNED_DAYS_MIN = 56
"""Eight of each day of the week."""
MEAN_DAYS = 28
BETTER_BY = 0.95
"""An error up to this part of the naive one beats it; a smaller difference comes and goes by luck."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How far off the method and the better of two naive guesses would have been in the last TESTED_DAYS: mean absolute errors, in the series' unit.

    `covered` is the share of those days that the fit's own interval held, which knows nothing of how one day's luck goes on into the next; what is shown is
    `widened` so many times (1 or more) that it would have held INTERVAL of them.
    """

    error: float
    naive_error: float
    naive: str
    covered: float
    widened: float

    @property
    def is_better(self) -> bool:
        """Whether the method beats the guess."""
        return self.error <= BETTER_BY * self.naive_error and self.naive_error > 0


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """A day that has not been: the value expected of it, and the interval around that."""

    day: date
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """A series, its last TESTED_DAYS as they were, and its next AHEAD_DAYS; `days` is empty unless the method beats the naive guess.

    `sentence` says what came of the test; `accuracy` is None without enough history.
    """

    name: str
    title: str
    unit: str
    past: Sequence[tuple[date, int]]
    days: Sequence[ForecastDay]
    accuracy: Accuracy | None
    sentence: str


@dataclass(frozen=True, slots=True)
class GroupForecast:
    """Of events a day, things and stored bytes; `computation_time` is in ms."""

    items: Sequence[Forecast]
    last_computed: datetime
    computation_time: float


def group_forecast(group: Group, *, now: datetime | None = None) -> GroupForecast:
    """The forecasts of GROUP from its whole days (UTC) before NOW. One query; cost follows its rows and the events of nine months."""
    started, now = time.perf_counter(), now or timezone.now()
    last = now.astimezone(UTC).date() - timedelta(days=1)
    first = last - timedelta(days=LEARNED_DAYS + TESTED_DAYS)
    rows = query("group_growth", {"group": group.pk, "first": first, "last": last})
    days = [row[0] for row in rows]
    items = [
        forecast("events", "Events", "events a day", days, [row[1] for row in rows], adds_up=False),
        forecast("things", "Things", "things", days, [row[2] for row in rows], adds_up=True),
        forecast("storage", "Storage", "bytes", days, [row[3] for row in rows], adds_up=True),
    ]
    return GroupForecast(items, now, (time.perf_counter() - started) * 1000)


def forecast(name: str, title: str, unit: str, days: Sequence[date], values: Sequence[int], *, adds_up: bool) -> Forecast:
    """The forecast of a series of whole DAYS; what ADDS_UP is a level, whose daily changes are foretold. No query."""
    begin = next((place for place, value in enumerate(values) if value), len(values))
    known = values[begin:]
    past = [*zip(days, values, strict=True)][-TESTED_DAYS:]
    if len(known) < LEARNED_DAYS_MIN + TESTED_DAYS + adds_up:
        told = f"There are {len(known):,} days of history so far; a forecast needs {LEARNED_DAYS_MIN + TESTED_DAYS + adds_up}."
        return Forecast(name, title, unit, past, [], None, told)
    accuracy = _accuracy(known, adds_up=adds_up)
    if not accuracy.is_better:
        return Forecast(name, title, unit, past, [], accuracy, f"No forecast is shown. {accuracy_sentence(accuracy)}")
    found = _expected(known, AHEAD_DAYS, adds_up=adds_up)
    coming = [days[-1] + timedelta(days=1 + n) for n in range(AHEAD_DAYS)]
    ahead = [_day(*row, accuracy.widened) for row in zip(coming, found.values, found.reaches, strict=True)]
    return Forecast(name, title, unit, past, ahead, accuracy, accuracy_sentence(accuracy))


def _day(day: date, value: float, reach: float, widened: float) -> ForecastDay:
    """Nothing of what is told can be less than none."""
    return ForecastDay(day, max(0.0, value), max(0.0, value - widened * reach), max(0.0, value + widened * reach))


def accuracy_sentence(it: Accuracy) -> str:
    """Both errors, as people read them."""
    verdict = "It beats the naive guess." if it.is_better else f"It does not beat the naive guess by {1 - BETTER_BY:.0%}, which luck alone might do."
    return f"Over the last {TESTED_DAYS} days it would have been off by {it.error:,.4g} on average, the guess of {it.naive} by {it.naive_error:,.4g}. {verdict}"


def _accuracy(values: Sequence[int], *, adds_up: bool) -> Accuracy:
    before, after = values[:-TESTED_DAYS], values[-TESTED_DAYS:]
    found = _expected(before, TESTED_DAYS, adds_up=adds_up)
    guesses = _LEVEL_GUESSES if adds_up else _DAY_GUESSES
    naive_error, naive = min((_error(after, guess(before)), words) for words, guess in guesses.items())
    missed = [abs(value - told) / max(reach, 1e-9) for value, told, reach in zip(after, found.values, found.reaches, strict=True)]
    widened = max(1.0, sorted(missed)[math.ceil(INTERVAL * TESTED_DAYS) - 1])
    return Accuracy(_error(after, found.values), naive_error, naive, sum(it <= 1 for it in missed) / TESTED_DAYS, widened)


def _error(values: Sequence[int], guessed: Sequence[float]) -> float:
    return fmean(abs(value - guess) for value, guess in zip(values, guessed, strict=True))


def _expected(values: Sequence[int], ahead: int, *, adds_up: bool) -> Expected:
    if not adds_up:
        return weekly_trend(values[-LEARNED_DAYS:], ahead)
    return weekly_trend(_changes(values)[-LEARNED_DAYS:], ahead, level=values[-1])


def _changes(values: Sequence[int]) -> list[int]:
    return [after - before for before, after in pairwise(values)]


def _as_lately(values: Sequence[int]) -> list[float]:
    return [fmean(values[-MEAN_DAYS:])] * TESTED_DAYS


def _week_again(values: Sequence[int]) -> list[float]:
    return [float(values[-WEEK + n % WEEK]) for n in range(TESTED_DAYS)]


def _grown_as_lately(values: Sequence[int]) -> list[float]:
    step = fmean(_changes(values)[-MEAN_DAYS:])
    return [values[-1] + step * (n + 1) for n in range(TESTED_DAYS)]


def _unchanged(values: Sequence[int]) -> list[float]:
    return [float(values[-1])] * TESTED_DAYS


type Guess = Callable[[Sequence[int]], list[float]]
_DAY_GUESSES: dict[str, Guess] = {f"the last {MEAN_DAYS} days' average": _as_lately, "the last week once more": _week_again}
_LEVEL_GUESSES: dict[str, Guess] = {f"growth as in the last {MEAN_DAYS} days": _grown_as_lately, "no growth": _unchanged}
