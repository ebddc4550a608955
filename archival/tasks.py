"""What the clock and the doors have archival do."""

from celery import shared_task

from archival.services.archive_job import ArchiveJob
from archival.services.restoring import RestoreJob
from archival.services.retention import expired_delete
from archival.services.runs import archive_start, verify_start
from archival.services.verifying import VerifyJob, ledger_fold
from ontology.choices import Door
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.services.actor import Actor
from ontology.services.runs import run_drive

SAMPLE_DAILY = 200
CLOCK = Actor(door=Door.TASK, request_id="daily archival")


@shared_task(name="archival.archive_events")
def archive_events(run_id: str) -> None:
    """Drives a run that archives."""
    run_drive(run_id, ArchiveJob())


@shared_task(name="archival.restore_events")
def restore_events(run_id: str) -> None:
    """Drives a run that restores."""
    run_drive(run_id, RestoreJob())


@shared_task(name="archival.verify_archive")
def verify_archive(run_id: str) -> None:
    """Drives a run that verifies."""
    run_drive(run_id, VerifyJob())


@shared_task(name="archival.maintenance_daily")
def maintenance_daily() -> str:
    """Begins the daily run, ends what has expired, and folds the ledger; the id of the run, an unfinished earlier one if there is one."""
    with acting(PLATFORM_SCOPE):
        run, _ = archive_start(actor=CLOCK)
        expired_delete(actor=CLOCK)
        ledger_fold()
    return str(run.pk)


@shared_task(name="archival.maintenance_verify")
def maintenance_verify() -> str:
    """Begins the daily look at a sample of objects, and at the ledger; the id of the run."""
    with acting(PLATFORM_SCOPE):
        run, _ = verify_start(actor=CLOCK, sample=SAMPLE_DAILY)
    return str(run.pk)
