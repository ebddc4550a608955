"""What becomes of a number that was taken day by day, by statsmodels, which takes a second to import and is therefore imported when first asked. Pure.

Holt's linear trend (1957) as a state space model (Hyndman et al. 2008): level and slope follow the days, and the interval is the model's own. Chosen over a
straight line, a damped trend, Theta and ARIMA by their errors on histories it was not fitted to: docs/decisions/0023-capacity.md has the numbers.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

POINTS_MAX = 400
"""More days than this are thinned out from the last one backwards: a trend over years needs no single day."""
DAYS_MIN = 21
INTERVAL = 0.9
LIMIT_DAYS_MAX = 3_650
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Projection:
    """The coming days: what is expected, and the interval that is made to hold each with the chance INTERVAL."""

    values: list[float]
    lows: list[float]
    highs: list[float]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How a projection from the first half of a history did on its second: errors in percent of what came, `covered` the share inside the interval."""

    days: int
    mean_error_percent: float
    end_error_percent: float
    covered: float


def project(days: Sequence[float], ahead: int, *, most: float | None = None) -> Projection:
    """The AHEAD days after DAYS, a value each and without gaps, never below zero nor above MOST. Needs DAYS_MIN days."""
    import numpy as np
    import pandas as pd
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    if len(days) < DAYS_MIN:
        raise ValueError(f"A projection needs {DAYS_MIN} days, and there are {len(days)}.")
    if len(set(days)) == 1:
        return Projection(*([float(days[-1])] * ahead for _ in range(3)))
    step = -(-len(days) // POINTS_MAX)
    points = np.asarray(days, dtype=float)[::-1][::step][::-1]
    scale = float(np.abs(points).max())  # the fit looks for its start near one
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a perfect line leaves nothing to fit, and the like: what comes of it is held against a held-out half
        fit = ETSModel(pd.Series(points / scale), error="add", trend="add").fit(disp=False)
    coming = -(-ahead // step)
    told = fit.get_prediction(start=len(points), end=len(points) + coming - 1).summary_frame(alpha=1 - INTERVAL)
    places, wanted = np.arange(coming + 1) * step, np.arange(1, ahead + 1)
    lines = [np.interp(wanted, places, np.r_[points[-1], scale * told[name].to_numpy()]) for name in ("mean", "pi_lower", "pi_upper")]
    return Projection(*([*map(float, np.clip(line, 0.0, most))] for line in lines))


def held_out(days: Sequence[float], *, most: float | None = None) -> HeldOut | None:
    """How it would have done: fitted to the first half of DAYS, held against the second. None where half of them are too few."""
    half = len(days) // 2
    if half < DAYS_MIN:
        return None
    came = [float(value) for value in days[half:]]
    told = project(days[:half], len(came), most=most)
    errors = [abs(value - real) for value, real in zip(told.values, came, strict=True)]
    middle = sum(abs(real) for real in came) / len(came)
    hair = ROUNDING * middle
    inside = sum(low - hair <= real <= high + hair for low, high, real in zip(told.lows, told.highs, came, strict=True))
    return HeldOut(
        len(came),
        round(100 * sum(errors) / len(errors) / middle, 1) if middle else 0.0,
        round(100 * (told.values[-1] - came[-1]) / came[-1], 1) if came[-1] else 0.0,
        round(inside / len(came), 3),
    )


def days_until(days: Sequence[float], limit: float) -> int | None:
    """After how many days LIMIT is reached, as expected; 0 when it is, None where it is not within LIMIT_DAYS_MAX."""
    if days[-1] >= limit:
        return 0
    if len(days) < DAYS_MIN or len(set(days)) == 1:
        return None
    told = project(days, LIMIT_DAYS_MAX).values
    return next((place + 1 for place, value in enumerate(told) if value >= limit), None)
