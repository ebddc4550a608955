"""Missed runs are noticed: a real clock is stopped for two periods, then the whole worker dies; web tells it, and sends it by itself."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks

from config.servers import HOST
from config.valkey import Valkey
from monitoring.models import Alert, Heartbeat, JobRecord
from monitoring.services import watching
from ontology.isolation import PLATFORM_SCOPE, acting
from tests.addresses import ROOT, surroundings
from tests.monitoring.making import SECRET, make_channel
from tests.monitoring.receivers import receiving
from tests.servers import valkey_program

pytestmark = pytest.mark.django_db(transaction=True)
WAIT_SECONDS = 90


@contextmanager
def celery(broker: str, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of Celery, with the rights of jobs."""
    environment = {**surroundings(), "BROKER_URL": broker, "SECRET_KEY": os.environ["SECRET_KEY"]}
    environment["DATABASE_URL"] = environment["DATABASE_WORKER_URL"]
    command = [sys.executable, "-m", "celery", "-A", "config", *words]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


def until(is_so: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def told(name: str) -> bool:
    """Whether the alarm is there, after web has looked."""
    watching.watch("web")
    return Alert.objects.filter(name=name, state="open").exists()


def test_clock_and_worker__stopped_are_told_by_web(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "PATIENCE", timedelta(seconds=1))
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0)
    PeriodicTask.objects.all().delete()
    every = IntervalSchedule.objects.create(every=1, period="seconds")
    PeriodicTask.objects.create(name="Often", task="monitoring.settle_alerts", interval=every, queue="maintenance")
    PeriodicTasks.update_changed()
    server = Valkey(tmp_path / "valkey", tmp_path / "valkey.log", "secret")
    server.folder.mkdir()
    server.program = valkey_program()
    try:
        broker = f"redis://:secret@{HOST}:{server.start()}/0"
        with receiving() as receiver, acting(PLATFORM_SCOPE):
            settings.OUTGOING_TEST_RECEIVERS = {receiver.place: ""}
            make_channel("webhook", secret=SECRET, address=receiver.url)
            watching.watch("web")
            Heartbeat.objects.filter(kind="watch").update(since=timezone.now() - timedelta(hours=1))
            worker_words = ("worker", "-Q", "maintenance", "-c", "1", "--without-gossip", "--without-mingle")
            with celery(broker, *worker_words) as worker:
                with celery(broker, "beat", "--pidfile", "", "--max-interval", "1") as beat:
                    until(lambda: Heartbeat.objects.filter(kind="worker").exists(), "no sign of life of the worker")
                    until(lambda: JobRecord.objects.filter(succeeded_at__isnull=False).exists(), "no job has run")
                    assert not told("clock_is_silent")
                    kill(beat)
                until(lambda: told("clock_is_silent"), "the clock's silence was not noticed")
                kill(worker)
            Heartbeat.objects.filter(kind="worker").update(seen_at=timezone.now() - watching.GAP)  # as if that long had passed
            until(lambda: told("worker_is_silent"), "the worker's death was not noticed")
            names = [json.loads(post.body)["data"]["name"] for post in receiver.posts]
    finally:
        server.stop()

    assert names == ["clock_is_silent", "worker_is_silent"]
