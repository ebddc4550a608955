"""The statistics behind forecasts and risks, by statsmodels, which takes seconds to import and is therefore imported when it is first asked."""

from collections.abc import Sequence
from dataclasses import dataclass

WEEK = 7
INTERVAL = 0.9
"""The share of days that an interval is made to hold."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of each coming day, and how far to either side the interval reaches that holds it with the chance INTERVAL."""

    values: list[float]
    reaches: list[float]


def weekly_trend(days: Sequence[float], ahead: int, *, level: float | None = None) -> Expected:
    """The AHEAD days after DAYS by least squares on a line and the day of the week; with LEVEL, where adding them up day by day leads from there.

    The interval is that of a single new value, by Student's t: what the days scatter, and what is not known of the line. Needs more than two weeks.
    """
    import numpy as np
    from scipy.stats import t as student
    from statsmodels.regression.linear_model import OLS

    def terms(places: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
        weekday = (places[:, None] % WEEK == np.arange(1, WEEK)).astype(float)
        return np.column_stack([np.ones(len(places)), places / len(days), weekday])

    fit = OLS(np.asarray(days, dtype=float), terms(np.arange(len(days)))).fit()
    coming, scatters = terms(np.arange(len(days), len(days) + ahead)), np.ones(ahead)
    if level is not None:
        coming, scatters = np.cumsum(coming, axis=0), np.cumsum(scatters)
    values = (level or 0.0) + coming @ fit.params
    variances = np.einsum("ij,jk,ik->i", coming, fit.cov_params(), coming) + scatters * fit.scale
    reach = student.ppf((1 + INTERVAL) / 2, fit.df_resid) * np.sqrt(np.maximum(variances, 0.0))
    return Expected([*map(float, values)], [*map(float, reach)])


def chances(known: Sequence[Sequence[float]], outcomes: Sequence[bool], asked: Sequence[Sequence[float]]) -> list[float]:
    """How likely the outcome is for each row of ASKED, by a logistic regression on KNOWN rows and their OUTCOMES, as many as there are rows.

    Columns are brought to one scale and drawn towards nothing by a ridge of one observation, so that outcomes that a column tells apart wholly do not
    make a chance of exactly 0 or 1. What lies outside of what is known counts as its edge: nothing is concluded from how far outside it lies.
    """
    import numpy as np
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    rows = np.asarray(known, dtype=float)
    middle, spread, least, most = rows.mean(axis=0), rows.std(axis=0), rows.min(axis=0), rows.max(axis=0)
    spread[spread == 0] = 1.0

    def terms(table: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
        return np.column_stack([np.ones(len(table)), (np.clip(table, least, most) - middle) / spread])

    ridge = np.r_[0.0, np.full(rows.shape[1], 1 / len(rows))]
    fit = GLM(np.asarray(outcomes, dtype=float), terms(rows), family=Binomial()).fit_regularized(alpha=ridge, L1_wt=0.0)
    found = fit.predict(terms(np.asarray(asked, dtype=float).reshape(-1, rows.shape[1])))
    return [*map(float, found)]
