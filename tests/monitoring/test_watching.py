"""Signs of life: what is silent is told once, what was switched off or is new is not, and a storm is one alert."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from monitoring.models import Alert, Heartbeat, JobRecord
from monitoring.services.watching import job_failed, job_succeeded, second_due, watch
from tests.monitoring.clocks import Clock
from tests.roles import as_role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def only_tasks_of_this_test() -> None:
    PeriodicTask.objects.all().delete()


def every(minutes: int, name: str = "a job", **fields: Any) -> PeriodicTask:
    interval, _ = IntervalSchedule.objects.get_or_create(every=minutes, period="minutes")
    return PeriodicTask.objects.create(**{"name": name, "task": f"jobs.{name.replace(' ', '_')}", "interval": interval, **fields})


def lives(clock: Clock, minutes: int, *, jobs: bool = True, beat: bool = True, kind: str = "worker") -> None:
    """So many minutes pass, in each of which the clock starts every task, the worker ends it well, and somebody looks."""
    for _ in range(minutes):
        clock.passes(seconds=60)
        if beat:
            PeriodicTask.objects.filter(enabled=True).update(last_run_at=clock.now)
        if jobs:
            JobRecord.objects.update(succeeded_at=clock.now)
        watch(kind)


def alerts() -> dict[str, str]:
    return dict(Alert.objects.values_list("name", "state"))


def test_watch__says_nothing_while_all_is_well(clock: Clock) -> None:
    every(1)
    every(60, "an hourly job")

    lives(clock, 10)

    assert alerts() == {}


def test_watch__tells_a_clock_that_stands_still_after_two_periods(clock: Clock) -> None:
    every(1)
    lives(clock, 5)
    lives(clock, 2, jobs=False, beat=False)
    early = alerts()

    lives(clock, 2, jobs=False, beat=False)

    assert early == {}
    assert alerts() == {"clock_is_silent": "open"}
    assert Alert.objects.get().severity == "critical"


def test_watch__by_web_tells_that_the_whole_worker_is_dead_and_sends_it(clock: Clock) -> None:
    every(1)
    lives(clock, 5)

    lives(clock, 4, jobs=False, kind="web")

    assert alerts() == {"worker_is_silent": "open"}
    assert list(Alert.objects.get().deliveries.values_list("state", flat=True)) == ["sent"]


def test_watch__tells_all_clear_when_the_worker_is_back(clock: Clock) -> None:
    every(1)
    lives(clock, 5)
    lives(clock, 4, jobs=False, kind="web")

    lives(clock, 12)

    assert alerts() == {"worker_is_silent": "resolved"}


def test_watch__tells_a_job_that_does_not_end_well_with_its_failure(clock: Clock) -> None:
    every(1, "good")
    every(1, "bad")
    lives(clock, 5)
    bad = JobRecord.objects.get(task="jobs.bad")
    for _ in range(4):
        lives(clock, 1)
        JobRecord.objects.filter(pk=bad.pk).update(succeeded_at=bad.succeeded_at)
        job_failed("jobs.bad", ValueError("with a secret"))
    watch("worker")
    clock.passes(seconds=60)
    PeriodicTask.objects.update(last_run_at=clock.now)
    watch("worker")

    assert alerts() == {"missed_run bad": "open"}
    summary = Alert.objects.get().summary
    assert "bad has not ended well since" in summary
    assert "with ValueError." in summary
    assert "secret" not in summary


def test_watch__many_missed_jobs_are_one_alert(clock: Clock) -> None:
    for number in range(6):
        every(1, f"job {number}")
    lives(clock, 5)

    lives(clock, 4, jobs=False)

    assert alerts() == {"missed_runs": "open"}
    assert Alert.objects.get().summary.startswith("6 jobs of the clock have not ended well: job 0, job 1,")


@pytest.mark.parametrize("beginning", ["new", "switched on"])
def test_watch__gives_a_job_its_time(clock: Clock, beginning: str) -> None:
    every(1)
    late = every(1, "late", enabled=beginning == "new", last_run_at=clock.now - timedelta(days=30))
    if beginning == "new":
        late.delete()
    lives(clock, 10)
    if beginning == "new":
        every(1, "late")
    else:
        JobRecord.objects.filter(task="jobs.late").update(succeeded_at=clock.now - timedelta(days=30))
        PeriodicTask.objects.filter(pk=late.pk).update(enabled=True)

    lives(clock, 1, jobs=False)

    assert alerts() == {}


def test_watch__after_a_weekend_switched_off_tells_nothing(clock: Clock) -> None:
    every(1)
    every(60, "an hourly job")
    lives(clock, 5)
    clock.passes(days=2)
    watch("web")
    watch("worker")

    lives(clock, 10)

    assert alerts() == {}


def test_watch__is_one_look_a_minute_whoever_comes(clock: Clock) -> None:
    turns = [watch(kind) for kind in ("web", "worker", "web", "web")]
    clock.passes(seconds=60)
    turns += [watch("web"), watch("worker")]

    assert turns == [True, False, False, False, True, False]
    assert sorted(Heartbeat.objects.values_list("kind", flat=True)) == ["watch", "web", "worker"]


@pytest.mark.parametrize("role", ["app", "worker"])
def test_watch__works_with_the_rights_of_requests_and_jobs(clock: Clock, role: str) -> None:
    every(1)
    lives(clock, 5)
    with as_role(role):
        clock.passes(minutes=10)
        for _ in range(5):
            clock.passes(seconds=60)
            watch("web")

    assert "clock_is_silent" in alerts()


def test_job_succeeded__is_written_down_for_jobs_of_the_clock_alone(clock: Clock) -> None:
    JobRecord.objects.create(task="jobs.written", known_since=clock.now)

    job_succeeded("jobs.written")
    job_succeeded("jobs.of_nobody")

    assert list(JobRecord.objects.values_list("task", "succeeded_at")) == [("jobs.written", clock.now)]


def test_second_due__of_intervals_and_times_of_day() -> None:
    hourly = every(60)
    daily = PeriodicTask.objects.create(name="daily", task="jobs.daily", crontab=CrontabSchedule.objects.create(minute="0", hour="3"))
    since = datetime(2026, 6, 1, 3, 0, 5, tzinfo=UTC)

    assert second_due(hourly, since) == since + timedelta(hours=2)
    assert second_due(daily, since, periods=1) == datetime(2026, 6, 2, 3, 0, tzinfo=UTC)
    assert second_due(daily, since) == datetime(2026, 6, 3, 3, 0, tzinfo=UTC)
