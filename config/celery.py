"""The clock's and the workers' application: tasks come from the apps, schedules from the database."""

import os
import sys
from pathlib import Path

from celery import Celery
from celery.signals import beat_init, worker_init, worker_shutting_down

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
