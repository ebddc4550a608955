"""The clock's and the workers' application: tasks come from the apps, schedules from the database."""

import os
import sys
from pathlib import Path

from celery import Celery
from celery.signals import beat_init, task_failure, task_success, worker_init, worker_ready, worker_shutting_down

from config import env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
if "celery" in Path(sys.argv[0]).parts[-2:]:  # workers and the clock; the web process only hands tasks over
    env.act_as("worker")

app = Celery("sextant")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def _demand_isolation(**_: object) -> None:
    """Jobs are not begun where tenants would not be kept apart."""
    from django.core.exceptions import ImproperlyConfigured

    from ontology.checks import isolation_demand

    try:
        isolation_demand()
    except ImproperlyConfigured as leaking:  # Celery logs what a receiver raises and goes on, save this
        raise SystemExit(str(leaking)) from None


@worker_shutting_down.connect
def _stop_runs(**_: object) -> None:
    """Runs stop at their next chunk's edge; the sweep hands them to another worker."""
    from ontology.services.runs.stopping import process_stops

    process_stops()


@worker_ready.connect
def _watch(**_: object) -> None:
    """The worker looks after the clock by itself: a task that looks would need the clock to send it."""
    from config.watching import watch_begin

    watch_begin()


@task_success.connect
def _job_succeeded(sender: object = None, **_: object) -> None:
    from monitoring.services.watching import job_succeeded

    job_succeeded(str(getattr(sender, "name", "")))


@task_failure.connect
def _job_failed(sender: object = None, exception: BaseException | None = None, **_: object) -> None:
    from monitoring.services.watching import job_failed

    job_failed(str(getattr(sender, "name", "")), exception)
