"""Who holds a run: a worker's name in its row, and a heartbeat. It holds through poolers, and ends by itself with the process."""

import contextvars
import logging
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
from django.db import DatabaseError, InterfaceError, connection

from ontology.choices import RUN_STATES_ENDED, RunState
from ontology.errors import RunNotResumable, RunTaken
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Run
from ontology.services.bulk import query

LEASE_SECONDS = 30
"""Silence after which another worker may take a run over: six heartbeats, so that a busy machine is not taken for a dead one."""
BEAT_SECONDS = 5
_log = logging.getLogger(__name__)


def _here() -> str:
    """This machine, and on it the space in which process numbers mean something, since containers may share a name."""
    with suppress(OSError):
        return f"{socket.gethostname()[:40]}:{Path('/proc/self/ns/pid').stat().st_ino}"
    return socket.gethostname()[:40]


_HERE = _here()


def worker_name() -> str:
    """A name that no other worker has: where it runs, its process, and a random part, since process numbers come again."""
    return f"{_HERE}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


def is_gone(worker: str) -> bool:
    """Whether WORKER ran on this machine and its process is no more; of other machines only silence tells."""
    here, _, rest = worker.rpartition(":")[0].rpartition(":")
    return here == _HERE and rest.isdigit() and not Path(f"/proc/{rest}").exists() and Path("/proc/self").exists()


def claim(run_id: uuid.UUID | str, worker: str) -> Run:
    """The run, held by WORKER from now on. Raises RunTaken while another holds it, RunNotResumable when nothing is left to do; three queries."""
    with acting(PLATFORM_SCOPE):
        if _claimed(run_id, worker, LEASE_SECONDS):
            return Run.objects.select_related("group", "person").get(pk=run_id)
        run = Run.objects.filter(pk=run_id).first()
        if run is None:
            raise RunNotResumable(f"There is no run {run_id}.")
        if not run.is_held:
            raise RunNotResumable(f"The run {run.pk} is {run.get_state_display().lower()}; there is nothing to go on with.")
        if not is_gone(run.worker) or not _claimed(run_id, worker, 0):
            raise RunTaken(run.pk)
        return Run.objects.select_related("group", "person").get(pk=run_id)


def _claimed(run_id: uuid.UUID | str, worker: str, lease_seconds: int) -> bool:
    return bool(query("run_claim", {"run": run_id, "worker": worker, "lease_seconds": lease_seconds}))


def advance(run: Run, worker: str) -> None:
    """Saves the place of RUN in the caller's transaction and takes in what those who watch wish. Raises RunTaken when another worker holds it."""
    told: dict[str, Any] = {name: orjson.dumps(getattr(run, name)).decode() for name in ("cursor", "counts", "reserved")}
    told |= {"run": run.pk, "worker": worker, "done": run.done, "total": run.total, "step": run.step}
    found = query("run_advance", told)
    if not found:
        raise RunTaken(run.pk)
    ((run.state, run.batch_size, run.throttle_ms),) = found


def close(run: Run, worker: str, state: RunState, *, error: str = "", result: dict[str, Any] | None = None) -> None:
    """Ends the hold of WORKER on RUN in STATE. Raises RunTaken when another worker holds it."""
    ended = state in RUN_STATES_ENDED
    told = {"run": run.pk, "worker": worker, "state": state.value, "error": error, "ended": ended}
    if not query("run_close", {**told, "result": orjson.dumps(result or {}).decode()}):
        raise RunTaken(run.pk)
    run.state, run.error, run.result = state, error, result or {}
    if ended:
        run.reserved = {}


@contextmanager
def beating(run: Run, worker: str) -> Iterator[None]:
    """Gives signs of life for RUN until the end of the block, by a session of their own, however long a chunk takes.

    None inside another's transaction, where nobody can see the run yet.
    """
    if connection.in_atomic_block:
        yield
        return
    ended = threading.Event()
    context = contextvars.copy_context()
    thread = threading.Thread(target=lambda: context.run(_beat, run.pk, worker, ended), name=f"heartbeat of {run.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _beat(run_id: uuid.UUID, worker: str, ended: threading.Event) -> None:
    while not ended.wait(BEAT_SECONDS):
        try:
            with acting(PLATFORM_SCOPE):
                query("run_beat", {"run": run_id, "worker": worker})
        except (DatabaseError, InterfaceError) as lost:  # the work itself will notice; the next beat may find the database again
            _log.warning("No heartbeat for run %s: %s", run_id, lost)
            with suppress(Exception):
                connection.close()
    connection.close()
