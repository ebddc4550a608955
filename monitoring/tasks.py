"""What the clock has monitoring do."""

from celery import shared_task

from monitoring.capacity import tasks as capacity_tasks  # noqa: F401 -- which the worker finds through this module
from monitoring.database import tasks as database_tasks  # noqa: F401 -- which the worker finds through this module
from monitoring.services import jobs
from monitoring.services.alerts import alerts_settle
from monitoring.services.checking import TASK as TASK_CHECK
from monitoring.services.checking import CheckJob
from monitoring.services.outbox import SEND_TASK
from monitoring.services.quota_alerts import quota_events_observe
from monitoring.services.repairing import TASK, UNDO_TASK, RepairJob, RepairUndoJob
from monitoring.services.report import report_send
from monitoring.services.reviewing import reviews_keep
from monitoring.services.seal_verifying import seal_verify
from monitoring.services.sealing import events_seal
from monitoring.services.sending import deliveries_send
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
    """Reports on the week that has ended, and takes the numbers of reviews that are due; how many reports and reviews."""
    return report_week(actor=CLOCK) + reviews_keep(actor=CLOCK)


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


@shared_task(name="monitoring.settle_alerts")
def settle_alerts() -> int:
    """Observes what quotas told, ends episodes that have been healthy for long enough, and reminds of those whose snooze is over; how many."""
    return quota_events_observe() + alerts_settle()


@shared_task(name=SEND_TASK)
def send_deliveries() -> int:
    """Sends the messages that are due; how many attempts it made."""
    return deliveries_send()


@shared_task(name="monitoring.seal_events")
def seal_events() -> int:
    """Seals what statements did to events; how many ranges."""
    return events_seal()


@shared_task(name="monitoring.verify_seal")
def verify_seal() -> int:
    """Verifies the seal over hot events; how many findings, which an alert tells."""
    return sum(seal_verify(archive=False).counts.values())


@shared_task(name="monitoring.send_report")
def send_report() -> int:
    """Sends the report of the last week to the channels that want it; how many messages."""
    return report_send()
