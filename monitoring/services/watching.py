"""Whether clock and workers live: jobs that did not run are told by the worker, and by web when the whole worker is dead."""

import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from monitoring.choices import UNSENT_STATES, AlertState, Category, Severity
from monitoring.models import Alert, Delivery, Heartbeat, JobRecord
from monitoring.services.alerts import alerts_settle, condition_observed
from monitoring.services.sending import deliveries_send
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.metrics.clock import task_timing

WATCH = "watch"
LOOK_SECONDS = 55
"""Watchers look once a minute together, however many there are."""
GAP = timedelta(seconds=180)
"""Silence of a process longer than this is told; and watchers who were away longer give the others as much time before they judge."""
PATIENCE = timedelta(seconds=60)
PERIODS = 2
OVERDUE_MAX = timedelta(hours=1)
"""A job is missed after two of its periods without success, or when it is an hour late, whichever comes first; and then PATIENCE."""
RECORD_SECONDS = 20.0
"""A job that succeeds every few seconds is written down this often."""
CLOCK, WORKER, JOB, JOBS = "clock_is_silent", "worker_is_silent", "missed_run", "missed_runs"
MANY = 5
"""So many jobs missed at once have one reason, and are told as one."""
UNSENT_MAX = timedelta(seconds=90)
SENDING_SECONDS = 30.0
_written: dict[str, float] = {}


def job_succeeded(task: str) -> None:
    """A task ended well; one query now and then. Never raises: the job itself is done."""
    if time.monotonic() - _written.get(task, -RECORD_SECONDS) >= RECORD_SECONDS:
        _written[task] = time.monotonic()
        with suppress(DatabaseError):
            _job_write(task, succeeded_at=timezone.now())


def job_failed(task: str, error: BaseException | None) -> None:
    """A task ended badly; one query or two."""
    with suppress(DatabaseError):
        _job_write(task, failed_at=timezone.now(), error=type(error).__name__)


def _job_write(task: str, **fields: Any) -> None:
    """Only jobs of the clock have a row, which whoever looks makes."""
    JobRecord.objects.filter(task=task).update(**fields)


def watch(kind: str) -> bool:
    """A process of KIND (worker, web) lives, and looks whether clock and workers do; whether it was its turn to look. Two queries, some ten in its turn.

    What it tells it also sends itself, when nobody else does: an alarm about dead workers would wait for them.
    """
    now = timezone.now()
    with acting(PLATFORM_SCOPE):
        _beats(kind, now)
        watching_since = _turn(now)
        if watching_since is None:
            return False
        _jobs_known(now)
        if now - watching_since >= GAP:
            _judge(now)
        alerts_settle()
        if Delivery.objects.filter(state__in=UNSENT_STATES, due_at__lte=now - UNSENT_MAX, attempts=0).exists() or _is_alone():
            deliveries_send(seconds=SENDING_SECONDS)
    return True


def _is_alone() -> bool:
    """Whether clock or workers are known to be silent."""
    return Alert.objects.filter(name__in=(CLOCK, WORKER), group=None, state=AlertState.OPEN).exists()


def _jobs_known(now: datetime) -> None:
    """A row for each job of the clock; those that are switched off begin anew when they are switched on."""
    names = dict(PeriodicTask.objects.order_by("enabled").values_list("task", "enabled"))
    JobRecord.objects.bulk_create([JobRecord(task=name, known_since=now) for name in names], ignore_conflicts=True)
    JobRecord.objects.filter(task__in=[name for name, is_on in names.items() if not is_on]).update(known_since=now)


def _beats(kind: str, now: datetime) -> None:
    if not Heartbeat.objects.filter(kind=kind, seen_at__gt=now - GAP).update(seen_at=now):
        Heartbeat.objects.update_or_create(kind=kind, defaults={"since": now, "seen_at": now})


def _turn(now: datetime) -> datetime | None:
    """Since when there have been watchers, when it is this one's turn; else None."""
    with transaction.atomic():
        Heartbeat.objects.get_or_create(kind=WATCH, defaults={"since": now, "seen_at": now - timedelta(seconds=LOOK_SECONDS)})
        row = Heartbeat.objects.select_for_update(skip_locked=True).filter(kind=WATCH, seen_at__lte=now - timedelta(seconds=LOOK_SECONDS)).first()
        if row is None:
            return None
        row.since = row.since if now - row.seen_at < GAP else now
        row.seen_at = now
        row.save(update_fields=["since", "seen_at"])
        return row.since


def _judge(now: datetime) -> None:
    """Tells what is silent; jobs only while clock and worker live, for without them none can run."""
    tasks = list(PeriodicTask.objects.filter(enabled=True, one_off=False).select_related("interval", "crontab"))
    clock_is_silent, worker_is_silent = _clock_observed(tasks, now), _worker_observed(now)
    if clock_is_silent or worker_is_silent:
        return
    records = {record.task: record for record in JobRecord.objects.all()}
    missed = {task.name: told for task in tasks if (told := _missed(task, records[task.task], now))}
    are_many = len(missed) >= MANY
    summary = f"{len(missed)} jobs of the clock have not ended well: {', '.join(sorted(missed))}. Is there a worker for their queues?"
    _observed(JOBS, Severity.CRITICAL if are_many else None, summary)
    for name, told in ({} if are_many else missed).items():
        _observed(_condition(name), Severity.CRITICAL, told)
    for open_one in Alert.objects.filter(name__startswith=f"{JOB} ", group=None, state=AlertState.OPEN).exclude(name__in=map(_condition, missed)):
        _observed(open_one.name, None, "")


def _condition(task: str) -> str:
    return f"{JOB} {task}"[:100]


def _missed(task: PeriodicTask, record: JobRecord, now: datetime) -> str:
    """How TASK was missed, in a sentence; blank when it was not."""
    last = record.succeeded_at
    since = max(last, record.known_since) if last is not None else record.known_since
    if now <= min(second_due(task, since), second_due(task, since, periods=1) + OVERDUE_MAX) + PATIENCE:
        return ""
    told = f"{task.name} has not ended well since {since:%Y-%m-%d %H:%M:%S} UTC."
    if record.failed_at is not None and (last is None or record.failed_at > last):
        told += f" It failed at {record.failed_at:%Y-%m-%d %H:%M:%S} UTC with {record.error}."
    return told


def _clock_observed(tasks: Iterable[PeriodicTask], now: datetime) -> bool:
    """Whether the clock (celery beat) has started nothing for two periods of its most frequent task."""
    frequent = [(second_due(task, task.last_run_at), task) for task in tasks if task.last_run_at is not None and task.interval_id is not None]
    due = max((moment for moment, _ in frequent), default=None)
    is_silent = due is not None and due + PATIENCE < now
    last = max((task.last_run_at for _, task in frequent), default=None)
    told = f"The clock has started nothing since {last:%Y-%m-%d %H:%M:%S} UTC. Is celery beat running?" if last else ""
    _observed(CLOCK, Severity.CRITICAL if is_silent else None, told)
    return is_silent


def _worker_observed(now: datetime) -> bool:
    """Whether no worker has given a sign of life, nor ended a job, for GAP."""
    beat = Heartbeat.objects.filter(kind="worker").first()
    if beat is None:
        return False
    is_silent = now - beat.seen_at > GAP
    told = f"No worker has given a sign of life since {beat.seen_at:%Y-%m-%d %H:%M:%S} UTC: nothing is sent, archived or checked. Is it running?"
    _observed(WORKER, Severity.EMERGENCY if is_silent else None, told)
    return is_silent


def second_due(task: PeriodicTask, since: datetime, *, periods: int = PERIODS) -> datetime:
    """When TASK, done SINCE, is due for the second time (or after so many PERIODS); the end of time for one without a schedule. No query."""
    before, due = task.last_run_at, since
    try:
        for _ in range(periods):
            task.last_run_at = due
            timing = task_timing(task, since)
            if timing.next is None:
                return datetime.max.replace(tzinfo=UTC) - timedelta(days=2)
            due = timing.next
        return due
    finally:
        task.last_run_at = before


def _observed(name: str, severity: Severity | None, summary: str) -> None:
    condition_observed(name=name, group=None, severity=severity, summary=summary, category=Category.CLOCK)
