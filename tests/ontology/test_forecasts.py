"""Forecasts of a group's growth: by hand where that can be done, on planted and on real data, and silent where a naive guess does as well."""

import math
import random
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ontology.metrics import Forecast, group_forecast
from ontology.metrics.fitting import weekly_trend
from ontology.metrics.forecasts import AHEAD_DAYS, LEARNED_DAYS, TESTED_DAYS, forecast
from ontology.models import Thing
from tests.cold import events_cool
from tests.factories import make_connection, make_group, make_knowledge, make_thing
from tests.ontology.planting import events_plant
from tests.ontology.test_metrics_data import SHIPPED, loaded

DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(LEARNED_DAYS + TESTED_DAYS + 1)]
NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)


def of_days(values: list[int]) -> Forecast:
    return forecast("events", "Events", "events a day", DAYS[: len(values)], values, adds_up=False)


def of_levels(values: list[int]) -> Forecast:
    return forecast("things", "Things", "things", DAYS[: len(values)], values, adds_up=True)


def test_weekly_trend__goes_on_exactly_where_nothing_scatters() -> None:
    days = [100 + 2 * n + 30 * (n % 7 == 3) for n in range(70)]

    found = weekly_trend(days, 14)

    assert found.values == pytest.approx([100 + 2 * n + 30 * (n % 7 == 3) for n in range(70, 84)])
    assert found.reaches == pytest.approx([0.0] * 14, abs=1e-6)


def test_weekly_trend__interval_is_that_of_a_new_value() -> None:
    """By hand, every weekday alike in eight weeks of +1 and -1 in turn: the mean 0, and eight terms leave 48 of 56 degrees of freedom."""
    days = [1.0 if (n // 7) % 2 else -1.0 for n in range(56)]

    found = weekly_trend(days, 7)

    assert all(abs(reach) > 1.677 for reach in found.reaches)  # 1.677: Student's t of 48 degrees at 95 %, times a scatter of about 1
    assert all(reach < 2.1 for reach in found.reaches)


def test_forecast__of_a_straight_line_by_hand() -> None:
    """1, 2, 3 …: no error. The last week once more is off by 7, 7 … (12 weeks of 7, 14 … 84, six days of 91): (49 * 78 + 546) / 90 = 48.53;
    the average of the last 28 days by 13.5 + 45.5 = 59, so the former is the better guess."""
    found = of_days(list(range(1, len(DAYS) + 1)))

    assert found.accuracy is not None
    assert found.accuracy.error == pytest.approx(0, abs=1e-6)
    assert found.accuracy.naive_error == pytest.approx((49 * 78 + 546) / 90)
    assert found.accuracy.naive == "the last week once more"
    assert [day.value for day in found.days] == pytest.approx([len(DAYS) + n for n in range(1, AHEAD_DAYS + 1)])
    assert found.days[0].day == DAYS[-1] + timedelta(days=1)
    assert found.sentence.endswith("It beats the naive guess.")


def test_forecast__of_a_level_that_grows_faster_by_hand() -> None:
    """0, 1, 3, 6, 10 …: each day one more than the day before it."""
    found = of_levels(list(accumulate(range(len(DAYS)))))

    assert found.accuracy is not None
    assert found.accuracy.error == pytest.approx(0, abs=1e-4)
    assert found.accuracy.naive == "growth as in the last 28 days"
    last = len(DAYS) - 1
    assert [day.value for day in found.days[:2]] == pytest.approx([sum(range(last + 2)), sum(range(last + 3))])


def test_forecast__of_planted_weeks_beats_the_naive_guess() -> None:
    chance = random.Random(1)
    planted = [40 + n / 5 + (25 if n % 7 < 5 else 0) for n in range(len(DAYS) + AHEAD_DAYS)]
    values = [round(chance.gauss(mean, 6)) for mean in planted[: len(DAYS)]]

    found = of_days(values)

    assert found.accuracy is not None
    assert found.accuracy.is_better
    assert found.accuracy.error < 0.8 * found.accuracy.naive_error
    assert math.dist([day.value for day in found.days], planted[-AHEAD_DAYS:]) / math.sqrt(AHEAD_DAYS) < 6
    assert all(day.low < day.value < day.high for day in found.days)
    coming = [chance.gauss(mean, 6) for mean in planted[-AHEAD_DAYS:]]
    assert sum(day.low <= value <= day.high for day, value in zip(found.days, coming, strict=True)) >= 24


@pytest.mark.parametrize("seed", range(6))
def test_forecast__of_noise_is_not_shown(seed: int) -> None:
    chance = random.Random(seed)

    found = of_days([max(1, round(chance.gauss(50, 10))) for _ in DAYS])

    assert found.accuracy is not None
    assert not found.accuracy.is_better
    assert found.days == []
    assert f"{found.accuracy.error:,.4g}" in found.sentence
    assert f"{found.accuracy.naive_error:,.4g}" in found.sentence


def test_forecast__of_nothing_but_repetition_is_not_shown() -> None:
    found = of_days([5 + n % 7 for n in range(len(DAYS))])

    assert found.days == []
    assert found.accuracy is not None
    assert found.accuracy.naive_error == 0


def test_forecast__needs_eight_weeks_and_ninety_days() -> None:
    short, enough = of_days([0] * 100 + [7] * 145), of_days([0] * 100 + [7] * 146)

    assert short.accuracy is None
    assert short.sentence == "There are 145 days of history so far; a forecast needs 146."
    assert enough.accuracy is not None
    assert of_levels([7] * 146).accuracy is None
    assert of_levels([7] * 147).accuracy is not None


def test_forecast__widens_an_interval_that_held_too_little() -> None:
    """A level whose growth changes its pace is further off than its days scatter."""
    chance = random.Random(3)
    paces = [50 if (n // 40) % 2 else 20 for n in range(len(DAYS))]
    found = of_levels(list(accumulate(round(chance.gauss(pace, 2)) for pace in paces)))

    assert found.accuracy is not None
    assert found.accuracy.covered < 0.9
    assert found.accuracy.widened > 1


@pytest.mark.django_db
def test_group_forecast__counts_days_hot_and_cold() -> None:
    group = make_group()
    days = [NOW.date() - timedelta(days=n) for n in (0, 1, 1, 40, 40, 40, 200)]
    events_plant(group, [(None, day) for day in days])
    events_plant(make_group(), [(None, NOW.date() - timedelta(days=1))])

    hot = group_forecast(group, now=NOW).items[0]
    events_cool(group, before=NOW - timedelta(days=30))
    cold = group_forecast(group, now=NOW).items[0]

    assert cold == hot
    assert {day: count for day, count in hot.past if count} == {NOW.date() - timedelta(days=1): 2, NOW.date() - timedelta(days=40): 3}
    assert (hot.past[0][0], hot.past[-1][0]) == (NOW.date() - timedelta(days=90), NOW.date() - timedelta(days=1))
    assert hot.accuracy is not None


@pytest.mark.django_db
def test_group_forecast__of_things_and_bytes_as_they_are_kept() -> None:
    """Two things ten days ago, one of them deleted five days ago; one a year ago; a connection and knowledge weigh, and are no things."""
    group = make_group()
    old = make_thing(group, name="Old", created_at=NOW - timedelta(days=365))
    new = make_thing(group, name="New", created_at=NOW - timedelta(days=10))
    make_thing(group, name="Gone", created_at=NOW - timedelta(days=10), deleted_at=NOW - timedelta(days=5))
    make_connection(group, old, new, created_at=NOW - timedelta(days=3))
    make_knowledge(group, created_at=NOW - timedelta(days=2))

    _, things, storage = group_forecast(group, now=NOW).items

    levels = dict(things.past)
    assert [levels[NOW.date() - timedelta(days=n)] for n in (11, 10, 6, 5, 1)] == [1, 3, 3, 2, 2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT ontology_group_storage_bytes(%s)", [group.pk])
        assert [(storage.past[-1][1],)] == cursor.fetchall()
    assert storage.past[-3][1] > storage.past[-4][1]


@pytest.mark.django_db
def test_group_forecast__of_the_shop() -> None:
    """On the last day of its file the week and the trend tell more of the purchases than the last week does; a hundred days earlier they do not."""
    group = loaded(SHIPPED["shop"])
    now = datetime(1998, 6, 30, 1, tzinfo=UTC)

    with CaptureQueriesContext(connection) as queries:
        events, things, storage = group_forecast(group, now=now).items

    assert len(queries) == 1
    assert events.accuracy is not None
    assert (events.accuracy.error, events.accuracy.naive_error) == pytest.approx((2.640, 3.578), abs=0.001)
    assert (events.accuracy.is_better, len(events.days)) == (True, AHEAD_DAYS)
    earlier = group_forecast(group, now=now - timedelta(days=100)).items[0]
    assert earlier.accuracy is not None
    assert (earlier.accuracy.is_better, earlier.days) == (False, [])
    assert things.past[-1][1] == Thing.objects.in_group(group).filter(created_at__lt=now).count() == 2357
    assert (things.days, storage.days) == ([], [])  # nobody came in the last 90 days, which the guess of no growth tells as well


def test_statistics__are_not_imported_at_start() -> None:
    code = (
        "import sys, django; django.setup(); import config.urls, ontology.metrics, ontology.api.urls, ontology.admin.groups;"
        "sys.exit(any(name in sys.modules for name in ('statsmodels', 'scipy', 'pandas')))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
