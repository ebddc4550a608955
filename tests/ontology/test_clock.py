"""When periodic tasks should start next, and which of them were missed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from ontology.metrics.clock import PATIENCE, Timing, task_timing
from tests.factories import make_staff, staff_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)


def task(**fields: Any) -> PeriodicTask:
    made: PeriodicTask = PeriodicTask.objects.create(**{"name": "some", "task": "some.task", **fields})
    return made


def every(minutes: int) -> IntervalSchedule:
    made: IntervalSchedule = IntervalSchedule.objects.create(every=minutes, period="minutes")
    return made


def daily(hour: str, zone: str = "UTC") -> CrontabSchedule:
    made: CrontabSchedule = CrontabSchedule.objects.create(minute="30", hour=hour, timezone=zone)
    return made


@pytest.mark.parametrize(
    ("ago", "missed"),
    [(timedelta(minutes=5), False), (timedelta(minutes=10) + PATIENCE, False), (timedelta(minutes=10, seconds=1) + PATIENCE, True)],
)
def test_task_timing__intervals(ago: timedelta, missed: bool) -> None:
    found = task_timing(task(interval=every(10), last_run_at=NOW - ago), NOW)

    assert found == Timing(NOW - ago, NOW - ago + timedelta(minutes=10), is_missed=missed)


@pytest.mark.parametrize(
    ("last", "zone", "due", "missed"),
    [
        (datetime(2026, 3, 5, 2, 30, tzinfo=UTC), "UTC", datetime(2026, 3, 6, 2, 30, tzinfo=UTC), False),
        (datetime(2026, 3, 4, 2, 30, tzinfo=UTC), "UTC", datetime(2026, 3, 5, 2, 30, tzinfo=UTC), True),
        (datetime(2026, 3, 5, 1, 30, tzinfo=UTC), "Europe/Berlin", datetime(2026, 3, 6, 1, 30, tzinfo=UTC), False),
    ],
)
def test_task_timing__times_of_day(last: datetime, zone: str, due: datetime, missed: bool) -> None:
    assert task_timing(task(crontab=daily("2", zone), last_run_at=last), NOW) == Timing(last, due, is_missed=missed)


def test_task_timing__switched_off_is_never_missed() -> None:
    made = task(interval=every(10), last_run_at=NOW - timedelta(days=9), enabled=False)

    assert task_timing(made, NOW) == Timing(None, None, is_missed=False)  # switching off forgets the last start


def test_task_timing__never_started_counts_from_its_last_change() -> None:
    made = task(interval=every(10))

    assert task_timing(made, made.date_changed + timedelta(minutes=9)).is_missed is False
    assert task_timing(made, made.date_changed + timedelta(hours=1)).is_missed is True


def test_task_timing__not_before() -> None:
    begin = NOW + timedelta(days=1)

    assert task_timing(task(interval=every(10), last_run_at=NOW - timedelta(days=3), start_time=begin), NOW).next == begin


def test_list__warns_of_missed_tasks(client: Client) -> None:
    PeriodicTask.objects.all().delete()
    staff_sign_in(client, make_staff())
    task(name="Late one", interval=every(10), last_run_at=NOW)
    task(name="Good one", crontab=daily("*"))

    page = client.get(reverse("admin:django_celery_beat_periodictask_changelist")).content.decode()

    assert "1 missed their start: Late one." in page
    assert page.count(">Missed<") == 1
