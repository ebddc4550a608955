"""Baselines, anomalies and forecasts of metrics."""

import random

import pytest

from monitoring.thresholds import SHIPPED
from monitoring.trends import baseline, days_to_warning, is_anomaly

COMPLIANCE = SHIPPED["schema_compliance"]
MALFORMED = SHIPPED["malformed_properties"]


def weekly(days: int, *, seed: int = 1, sunday: float = -3.0) -> list[float]:
    """Values around 96 that are lower on the seventh day of each week."""
    chance = random.Random(seed)
    return [96 + chance.gauss(0, 0.5) + (sunday if day % 7 == 6 else 0) for day in range(days)]


def test_anomaly__is_a_value_far_from_its_past() -> None:
    values = weekly(90)  # the next day is the seventh of its week
    assert len(values) % 7 == 6
    assert not is_anomaly([*values, 93.0])
    assert is_anomaly([*values, 85.0])
    assert not is_anomaly([*values[:-1], 96.0])
    assert is_anomaly([*values[:-1], 92.0])


def test_anomaly__hardly_ever_alarms_falsely() -> None:
    alarms = sum(is_anomaly(weekly(60 + place, seed=place)) for place in range(100))
    assert alarms <= 1


def test_anomaly__one_bad_day_does_not_hide_the_next() -> None:
    values = weekly(89)
    assert is_anomaly([*values[:-10], 60.0, *values[-10:], 80.0])


def test_anomaly__is_none_before_three_weeks_and_none_of_what_never_moves() -> None:
    assert not is_anomaly([100.0] * 20 + [0.0])
    assert not is_anomaly([100.0] * 60)
    assert is_anomaly([100.0] * 60 + [50.0])


@pytest.mark.parametrize(("days", "expected"), [(0, 0), (1, 1), (20, 20), (21, 21), (730, 730)])
def test_baseline__has_a_value_for_each_day(days: int, expected: int) -> None:
    assert len(baseline(weekly(days)).expected) == expected


def test_forecast__tells_when_a_falling_score_crosses() -> None:
    assert days_to_warning([98 - 0.05 * day for day in range(40)], COMPLIANCE) == 21
    assert days_to_warning([0.004 + 0.0001 * day for day in range(30)], MALFORMED) == 31


def test_forecast__is_none_for_what_rises_stands_or_takes_too_long() -> None:
    assert days_to_warning([96 + 0.05 * day for day in range(40)], COMPLIANCE) is None
    assert days_to_warning([98.0] * 40, COMPLIANCE) is None
    assert days_to_warning([98 - 0.001 * day for day in range(40)], COMPLIANCE) is None
    assert days_to_warning(weekly(40, sunday=0), SHIPPED["archival_progress"]) is None
    assert days_to_warning([98.0, 97.0], COMPLIANCE) is None


def test_forecast__of_what_has_crossed_is_now() -> None:
    assert days_to_warning([98.0, 94.0], COMPLIANCE) == 0


def test_forecast__survives_a_bad_day() -> None:
    values = [98 - 0.05 * day for day in range(40)]
    values[20] = 50.0
    assert days_to_warning(values, COMPLIANCE) == 20
