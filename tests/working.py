"""A real worker on the test's database and a broker: started, killed, and the sweep that the clock would do meanwhile."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

import psutil
from celery import current_app
from django.conf import settings
from kombu import Connection

from ontology.models import Run
from ontology.services.runs import runs_sweep
from tests.addresses import ROOT, surroundings

SWEEP_EVERY_SECONDS = 0.5
WAIT_SECONDS = 120


@dataclass
class Worker:
    """A worker of the queue of imports, with one child."""

    broker: str
    said: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begins a new one."""
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", "imports", "-c", "1", "--without-gossip", "--without-mingle"]
        environment = {**surroundings(), "BROKER_URL": self.broker, "UPLOADS_DIR": str(settings.STORAGES["default"]["OPTIONS"]["location"])}
        # Celery's own entry point is known by its path; a module run with -m is not, so the role is told by the address.
        environment["DATABASE_URL"] = environment["DATABASE_WORKER_URL"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=self.said, stderr=self.said, start_new_session=True)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Ends the whole of it by a signal, or its child alone by SIGHUP's name: see `kill_child`."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, number)
            self.process.wait(WAIT_SECONDS)

    def kill_child(self) -> None:
        """Ends the child that works, as the kernel does when memory is short; the worker makes another."""
        assert self.process is not None
        for child in psutil.Process(self.process.pid).children():
            child.kill()

    def words(self) -> str:
        """What it said."""
        self.said.seek(0)
        return self.said.read().decode(errors="replace")


@contextmanager
def working(broker: str) -> Iterator[Worker]:
    """A worker on BROKER, to which this process sends its messages too, until the end of the block."""
    worker, send = Worker(broker), current_app.send_task

    def send_there(*args: Any, **kwargs: Any) -> Any:
        with Connection(worker.broker) as link:
            return send(*args, **kwargs, connection=link)

    worker.start()
    current_app.send_task = send_there
    try:
        yield worker
    finally:
        current_app.send_task = send
        worker.kill()
        worker.said.close()


def swept_until(run: Run, is_so: Callable[[Run], Any]) -> Run:
    """Sweeps as the clock does until RUN is as wished. Raises AssertionError after WAIT_SECONDS."""
    deadline, swept = time.monotonic() + WAIT_SECONDS, 0.0
    while time.monotonic() < deadline:
        run.refresh_from_db()
        if is_so(run):
            return run
        if time.monotonic() - swept > SWEEP_EVERY_SECONDS:
            runs_sweep()
            swept = time.monotonic()
        time.sleep(0.02)
    raise AssertionError(f"still {run.state} at {run.done:,} of {run.total}: {run.error} {[line.text for line in run.lines.all()]}")
