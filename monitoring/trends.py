"""A metric against its own past, by statsmodels and scipy, which take a second to import and are therefore imported when first asked. Pure.

The baseline is the trend and the day of the week by STL (Cleveland 1990) in its robust form, so that one bad day moves it hardly at all; before there
are three weeks of days it is the median. What is usual lies within SPREADS robust standard deviations of what the days scatter around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from monitoring.thresholds import Threshold

WEEK, WEEKS_MIN = 7, 3
SEASON_WEEKS, TREND_SPAN_DAYS = 53, 29
"""How slowly the weekly pattern and the trend may move: the more nimble, the more of a day's luck they would take for their own."""
SPREADS = 5.0
ROBUST = 1.4826
"""The standard deviation of normal values is so many times their median absolute deviation."""
TREND_DAYS, TREND_DAYS_MIN, AHEAD_DAYS_MAX = 30, 10, 365
SMALLEST_SPREAD = 1e-9


@dataclass(frozen=True, slots=True)
class Baseline:
    """What was to be expected of each day, and how far from it the usual days lie."""

    expected: list[float]
    reach: float

    def is_usual(self, place: int, value: float) -> bool:
        """Whether VALUE was to be expected of the day at PLACE."""
        return abs(value - self.expected[place]) <= self.reach


def baseline(values: Sequence[float]) -> Baseline:
    """The baseline of VALUES, a day each and without gaps. Of fewer than three weeks it is their median."""
    if len(values) < WEEK * WEEKS_MIN:
        middle = median(values) if values else 0.0
        return Baseline([middle] * len(values), _reach(values, [middle] * len(values)))
    import numpy as np
    from statsmodels.tsa.seasonal import STL

    if len(set(values)) == 1:
        return Baseline(list(values), _reach(values, values))
    fit = STL(np.asarray(values, dtype=float), period=WEEK, seasonal=SEASON_WEEKS, trend=TREND_SPAN_DAYS, robust=True).fit()
    expected = [float(each) for each in fit.trend + fit.seasonal]
    return Baseline(expected, _reach(values, expected))


def _reach(values: Sequence[float], expected: Sequence[float]) -> float:
    """How far usual days lie from the baseline: never less than a thousandth of the level, for numbers that hardly ever move."""
    scatter = ROBUST * median(abs(value - middle) for value, middle in zip(values, expected, strict=True)) if values else 0.0
    return max(SPREADS * scatter, 0.001 * max((abs(value) for value in expected), default=0.0), SMALLEST_SPREAD)


def is_anomaly(values: Sequence[float]) -> bool:
    """Whether the last of VALUES is far from what the days before it let expect; never before there are three weeks of them."""
    if len(values) <= WEEK * WEEKS_MIN:
        return False
    before = baseline(values[:-1])
    weekday = [before.expected[place] for place in range(len(values) - 1) if (len(values) - 1 - place) % WEEK == 0]
    return abs(values[-1] - weekday[-1]) > before.reach


def days_to_warning(values: Sequence[float], threshold: Threshold) -> int | None:
    """In how many days the metric crosses into warning if it goes on as in its last TREND_DAYS; 0 when it has; None when it does not get there.

    By the median of the slopes between all pairs of days (Theil 1950, Sen 1968), and only where its 95 % interval leads the same way.
    """
    if values and not _is_healthy(values[-1], threshold):
        return 0
    recent = list(values[-TREND_DAYS:])
    if len(recent) < TREND_DAYS_MIN or len(set(recent)) == 1:
        return None
    from scipy.stats import theilslopes

    slope, intercept, low, high = theilslopes(recent, range(len(recent)))
    downwards = -1.0 if threshold.higher_is_better else 1.0
    if min(downwards * slope, downwards * low, downwards * high) <= 0:
        return None
    now = float(intercept + slope * (len(recent) - 1))
    days = (threshold.healthy - now) / float(slope)
    return max(1, round(days)) if 0 <= days <= AHEAD_DAYS_MAX else None


def _is_healthy(value: float, threshold: Threshold) -> bool:
    return value >= threshold.healthy if threshold.higher_is_better else value <= threshold.healthy
