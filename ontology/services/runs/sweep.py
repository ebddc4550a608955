"""Runs whose worker died, or whose message was lost, are handed to a queue again."""

import logging

from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from ontology.choices import LineLevel, RunState
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Run
from ontology.services.bulk import query
from ontology.services.runs.control import task_send
from ontology.services.runs.journal import run_log
from ontology.services.runs.lease import LEASE_SECONDS, is_gone

OVERDUE_SECONDS = 60
"""A run that waits longer is sent again: its message may be lost. A worker that gets two messages for one run passes over the second."""
ATTEMPTS_MAX = 10
"""Deaths in a row without one more chunk after which a run is called failed, rather than killing worker after worker."""
_ENDS = {RunState.PAUSING: RunState.PAUSED, RunState.CANCELLING: RunState.CANCELLED, RunState.RUNNING: RunState.INTERRUPTED}
_log = logging.getLogger(__name__)


def runs_sweep() -> int:
    """Sends the messages of runs that should go on and that nobody works on; how many it moved. Two queries, and three for each of them."""
    moved = 0
    with acting(PLATFORM_SCOPE):
        with transaction.atomic():
            sent = []
            for run_id, state, task, attempts, worker, silent_seconds in query("runs_lost", {"overdue_seconds": OVERDUE_SECONDS}):
                if silent_seconds is not None and silent_seconds < LEASE_SECONDS and not is_gone(worker):
                    continue
                moved += 1
                run = Run.objects.get(pk=run_id)
                if _settled(run, RunState(state), attempts, task):
                    sent.append(run)
        for run in sent:
            try:
                task_send(run.task, run.pk, run.queue)
            except OperationalError:
                _log.exception("The broker takes no message for run %s; the next sweep tries again", run.pk)
    return moved


def _settled(run: Run, state: RunState, attempts: int, task: str) -> bool:
    """Moves a run that was left by its worker; whether its message is to be sent."""
    if attempts >= ATTEMPTS_MAX:
        sentence = f"Its worker ended {attempts} times at the same place; look at the log of the worker, then resume it."
        Run.objects.filter(pk=run.pk).update(state=RunState.FAILED, error=sentence, finished_at=timezone.now(), worker="", reserved={})
        run_log(run, sentence, LineLevel.ERROR)
        return False
    if state in _ENDS:
        after = _ENDS[state]
        run_log(
            run,
            f"Its worker is gone, or gave no sign of life for {LEASE_SECONDS} s; the run is {after.label.lower()} at its last chunk.",
            LineLevel.WARNING,
        )
        ended = {"finished_at": timezone.now(), "reserved": {}} if after is RunState.CANCELLED else {}
        Run.objects.filter(pk=run.pk).update(state=after, worker="", queued_at=timezone.now(), **ended)
        return after is RunState.INTERRUPTED and bool(task)
    Run.objects.filter(pk=run.pk).update(queued_at=timezone.now())
    return True
