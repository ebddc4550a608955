"""What people and doors wish of a run: that it begins, pauses, goes on, ends, or works more gently."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from celery import current_app
from django.db import IntegrityError, transaction
from django.utils import timezone

from ontology.choices import RUN_STATES_ENDED, RunState
from ontology.errors import RunExclusive, RunStateRefused
from ontology.models import Group, Run
from ontology.services.actor import PLATFORM, Actor
from ontology.services.bulk import query
from ontology.services.runs.journal import run_log

_PAUSE = {RunState.NEW: RunState.PAUSED, RunState.INTERRUPTED: RunState.PAUSED, RunState.RUNNING: RunState.PAUSING}
_RESUME = {RunState.PAUSED: RunState.NEW, RunState.INTERRUPTED: RunState.NEW, RunState.FAILED: RunState.NEW, RunState.PAUSING: RunState.RUNNING}
_CANCEL = {
    **dict.fromkeys((RunState.NEW, RunState.PAUSED, RunState.INTERRUPTED, RunState.FAILED), RunState.CANCELLED),
    **dict.fromkeys((RunState.RUNNING, RunState.PAUSING), RunState.CANCELLING),
}
BATCH_SIZE_MAX, THROTTLE_MS_MAX = 10_000, 60_000


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to be made. TASK is the Celery task that drives it, in QUEUE; blank where the caller drives it in the foreground."""

    kind: str
    task: str = ""
    queue: str = "default"
    group: Group | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    reserved: Mapping[str, int] = field(default_factory=dict)
    exclusive: str | None = None
    total: int | None = None
    parent: Run | None = None
    batch_size: int | None = None


def run_start(new: NewRun, *, actor: Actor | None = None) -> Run:
    """Makes the run and, once the caller's transaction is committed, hands it to its queue; two queries.

    Raises RunExclusive with the unfinished run that stands in its way.
    """
    actor = actor or PLATFORM
    try:
        with transaction.atomic():
            run: Run = Run.objects.create(
                kind=new.kind,
                task=new.task,
                queue=new.queue,
                group=new.group,
                person=actor.person,
                door=actor.door,
                parameters=dict(new.parameters),
                reserved=dict(new.reserved),
                exclusive=new.exclusive,
                total=new.total,
                parent=new.parent,
                batch_size=new.batch_size,
                queued_at=timezone.now() if new.task else None,
            )
    except IntegrityError:
        found = Run.objects.filter(exclusive=new.exclusive).exclude(state__in=RUN_STATES_ENDED).first() if new.exclusive else None
        if found is None:
            raise
        raise RunExclusive(found.pk) from None
    run_log(run, f"Started{_by(actor)}.")
    run_enqueue(run)
    return run


def run_enqueue(run: Run) -> None:
    """Hands RUN to its queue once the caller's transaction is committed; a broker that is away is no error, since the sweep hands it over later."""
    if run.task:
        transaction.on_commit(lambda: task_send(run.task, run.pk, run.queue), robust=True)


def task_send(task: str, run_id: uuid.UUID, queue: str) -> None:
    """Sends the message that lets a worker drive a run. Raises kombu's OperationalError when the broker is away."""
    current_app.send_task(task, args=[str(run_id)], queue=queue or None, retry=False)


def run_pause(run: Run, *, actor: Actor | None = None) -> Run:
    """Lets RUN stop at the next chunk's edge, to be resumed. Raises RunStateRefused; four queries."""
    return _wished(run, "paused", _PAUSE, actor)


def run_resume(run: Run, *, actor: Actor | None = None) -> Run:
    """Lets RUN go on at its cursor. Raises RunStateRefused; four queries."""
    run = _wished(run, "resumed", _RESUME, actor)
    if run.state == RunState.NEW:
        run_enqueue(run)
    return run


def run_cancel(run: Run, *, actor: Actor | None = None) -> Run:
    """Ends RUN at the next chunk's edge, for good; whole chunks stay. Raises RunStateRefused; four queries."""
    return _wished(run, "cancelled", _CANCEL, actor)


def run_tune(run: Run, *, batch_size: int | None, throttle_ms: int, actor: Actor | None = None) -> None:
    """Changes the size of the chunks to come and the rest after each. Raises RunStateRefused for values out of bounds; two queries."""
    if batch_size is not None and not 1 <= batch_size <= BATCH_SIZE_MAX:
        raise RunStateRefused(f"Records of a chunk are 1 to {BATCH_SIZE_MAX:,}, not {batch_size:,}.")
    if not 0 <= throttle_ms <= THROTTLE_MS_MAX:
        raise RunStateRefused(f"The rest after a chunk is 0 to {THROTTLE_MS_MAX:,} ms, not {throttle_ms:,}.")
    with transaction.atomic():
        Run.objects.filter(pk=run.pk).update(batch_size=batch_size, throttle_ms=throttle_ms)
        run_log(run, f"Tuned to {batch_size or 'the usual number of'} records a chunk and {throttle_ms:,} ms of rest{_by(actor)}.")


def _wished(run: Run, word: str, moves: Mapping[RunState, RunState], actor: Actor | None) -> Run:
    told = {state.value: to.value for state, to in moves.items()}
    with transaction.atomic():
        moved = query("run_wish", {"run": run.pk, "moves": orjson.dumps(told).decode(), "ended": [state.value for state in RUN_STATES_ENDED]})
        run.refresh_from_db()
        if not moved:
            raise RunStateRefused(f"The run is {run.get_state_display().lower()}; it cannot be {word} now.")
        run_log(run, f"{word.capitalize()}{_by(actor)}.")
    return run


def _by(actor: Actor | None) -> str:
    return f" by {actor.person}" if actor is not None and actor.person is not None else ""
