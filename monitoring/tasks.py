"""What the clock has monitoring do."""

from celery import shared_task

from monitoring.services import jobs
from monitoring.services.checking import TASK as TASK_CHECK
from monitoring.services.checking import CheckJob
from monitoring.services.repairing import TASK, UNDO_TASK, RepairJob, RepairUndoJob
from monitoring.services.weekly import report_week
from ontology.choices import Door
from ontology.services.actor import Actor
from ontology.services.runs import run_drive

CLOCK = Actor(door=Door.TASK, request_id="checks by the clock")


@shared_task(name="monitoring.check_hourly")
def check_hourly() -> int:
    """Runs the critical checks; how many findings are new."""
    return jobs.check_hourly(actor=CLOCK).opened


@shared_task(name="monitoring.check_daily")
def check_daily() -> int:
    """Runs every check, and takes the snapshots of the day; how many findings are new."""
    return jobs.check_daily(actor=CLOCK).opened


@shared_task(name="monitoring.report_weekly")
def report_weekly() -> int:
    """Reports on the week that has ended; how many reports."""
    return report_week(actor=CLOCK)


@shared_task(name=TASK)
def repair(run_id: str) -> None:
    """Drives a run that repairs findings."""
    run_drive(run_id, RepairJob())


@shared_task(name=UNDO_TASK)
def undo_repair(run_id: str) -> None:
    """Drives a run that undoes a repair."""
    run_drive(run_id, RepairUndoJob())


@shared_task(name=TASK_CHECK)
def check_now(run_id: str) -> None:
    """Drives a run that checks."""
    run_drive(run_id, CheckJob())
