"""When the clock should have started a periodic task, and whether it did."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django_celery_beat.models import PeriodicTask

PATIENCE = timedelta(minutes=5)
"""A start that is late by less is no miss: the clock writes down what it started every few minutes at the latest, and may be restarting."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Of a task: its last start, the next one (None for a task that is switched off or has no schedule), and whether that is overdue."""

    last: datetime | None
    next: datetime | None
    is_missed: bool


def task_timing(task: PeriodicTask, now: datetime | None = None) -> Timing:
    """The timing of TASK, from its schedule and its last start; for one that never started, from when it was last changed. No query."""
    now = now or timezone.now()
    last: datetime | None = task.last_run_at
    if not task.enabled or (task.interval_id is None and task.crontab_id is None):
        return Timing(last, None, is_missed=False)
    since = last or task.date_changed or now
    due = _due(task, since)
    if task.start_time is not None and due < task.start_time:
        due = task.start_time
    return Timing(last, due, is_missed=due + PATIENCE < now)


def _due(task: PeriodicTask, since: datetime) -> datetime:
    """The first start that the schedule asks for after SINCE."""
    schedule = task.schedule
    if task.interval_id is not None:
        found: datetime = since + schedule.run_every
        return found
    start, delta, _ = schedule.remaining_delta(since)
    due: datetime = start + delta
    return due
