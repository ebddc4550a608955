"""What the clock does for the ontology."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.services.idempotency import idempotency_keys_expire
from ontology.services.import_corrections import TASK as TASK_CORRECT
from ontology.services.import_corrections import CorrectionJob
from ontology.services.import_uploads import TASK as TASK_IMPORT
from ontology.services.import_uploads import UploadImport, uploads_forget
from ontology.services.password_resets import password_reset_send
from ontology.services.record import partitions_ahead
from ontology.services.run_writes import writes_forget
from ontology.services.runs import run_drive, runs_sweep
from ontology.services.sign_ins import sign_ins_forget
from ontology.services.undo import TASK as TASK_UNDO
from ontology.services.undo import UndoJob


@shared_task(name="ontology.make_partitions")
def make_partitions() -> int:
    """Makes the event partitions of the coming months; how many it made."""
    with acting(PLATFORM_SCOPE):
        return partitions_ahead(timezone.now(), settings.EVENT_PARTITIONS_AHEAD_MONTHS)


@shared_task(name="ontology.expire_idempotency_keys")
def expire_idempotency_keys() -> int:
    """Deletes the kept answers that no client asks for any more; how many."""
    with acting(PLATFORM_SCOPE):
        return idempotency_keys_expire()


@shared_task(name="ontology.sweep_runs")
def sweep_runs() -> int:
    """Continues the runs whose worker died; how many it moved."""
    return runs_sweep()


@shared_task(name="ontology.send_password_reset")
def send_password_reset(email: str, link_base: str) -> None:
    """Sends the link for a new password to the person at EMAIL, if there is one."""
    with acting(PLATFORM_SCOPE):
        password_reset_send(email, link_base=link_base)


@shared_task(name="ontology.forget_sign_ins")
def forget_sign_ins() -> int:
    """Deletes sessions that have ended, and the record of sign-ins older than SIGN_INS_KEPT_DAYS; how many entries of that record."""
    return sign_ins_forget()


@shared_task(name=TASK_UNDO)
def undo_run(run_id: str) -> None:
    """Drives an undoing."""
    run_drive(run_id, UndoJob())


@shared_task(name=TASK_IMPORT)
def import_file(run_id: str) -> None:
    """Drives an import."""
    run_drive(run_id, UploadImport())


@shared_task(name=TASK_CORRECT)
def correct_import(run_id: str) -> None:
    """Drives the correction of an import."""
    run_drive(run_id, CorrectionJob())


@shared_task(name="ontology.forget_runs")
def forget_runs() -> int:
    """Deletes files of imports, and the record of what runs wrote, once nobody needs them for corrections and undoing; how many."""
    with acting(PLATFORM_SCOPE):
        return uploads_forget(settings.UPLOADS_KEPT_DAYS) + writes_forget(settings.UNDO_KEPT_DAYS)
