"""Runs work the same on the embedded Valkey, on Redis and on RabbitMQ: taken up, killed, continued."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from config.embedded import HOST
from config.processes import free_port
from config.valkey import Valkey
from ontology.choices import OnConflict
from ontology.models import Group, Run
from ontology.records import RecordFile
from ontology.services.actor import PLATFORM
from ontology.services.import_records import Target
from ontology.services.import_uploads import ImportWish, import_begin
from ontology.services.imports import FileImport
from ontology.services.undo import run_undo
from ontology.services.uploads import upload_keep
from tests.factories import make_group
from tests.faults.test_runs_killed import records
from tests.ontology.loading import content, written
from tests.servers import valkey_program
from tests.working import swept_until, working

pytestmark = pytest.mark.django_db(transaction=True)
RECORDS, BATCH = 3_000, 100
WAIT_SECONDS = 90
type Broker = Callable[[Path], Iterator[str]]


def answers(port: int) -> None:
    """Waits until somebody listens on PORT."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nobody listens on port {port}")


def valkey(folder: Path) -> Iterator[str]:
    server = Valkey(folder, folder / "log", "secret")
    server.program = valkey_program()
    yield f"redis://:secret@{HOST}:{server.start()}/0"
    server.stop()


def redis(folder: Path) -> Iterator[str]:
    port = free_port()
    command = [_program("redis-server"), "--bind", HOST, "--port", str(port), "--dir", str(folder), "--requirepass", "secret", "--appendonly", "yes"]
    yield from _served(command, port, f"redis://:secret@{HOST}:{port}/0", dict(os.environ))


def rabbitmq(folder: Path) -> Iterator[str]:
    """A node of its own below FOLDER, known to nobody: its port mapper and its distribution stay on the loopback."""
    port, distribution, mapper = free_port(), free_port(), free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("RABBITMQ")},
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"sextant{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": HOST,
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_CONFIG_FILE": str(folder / "none"),
        "ERL_EPMD_PORT": str(mapper),
        "ERL_EPMD_ADDRESS": HOST,
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
    }
    home = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the one on the path wants to be a system service
    yield from _served([str(home) if home.exists() else _program("rabbitmq-server")], port, f"amqp://guest:guest@{HOST}:{port}//", environment)


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        raise FileNotFoundError(f"{name} is not installed; .ci/run installs it")
    return found


def _served(command: list[str], port: int, address: str, environment: dict[str, str]) -> Iterator[str]:
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True, env=environment)
        try:
            answers(port)
            yield address
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(WAIT_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.fixture(params=[valkey, redis, rabbitmq], ids=["valkey", "redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="sextant-broker-") as folder:
        yield from request.param(Path(folder))


def test_runs__taken_up_killed_continued_and_undone(broker: str, tmp_path: Path, settings: pytest.FixtureRequest) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "uploads"}}}  # type: ignore[attr-defined]
    path = written(tmp_path / "file.ndjson.gz", records(RECORDS))
    here, there = make_group(slug="here"), make_group(slug="there")
    FileImport(RecordFile(path), Target(there, OnConflict.ERROR), batch_records=BATCH).run()
    empty = content(here)

    with working(broker) as worker:
        upload = upload_keep(ContentFile(path.read_bytes()).chunks(), path.name)
        run = import_begin(here, upload, ImportWish(), actor=PLATFORM)
        Run.objects.filter(pk=run.pk).update(batch_size=BATCH)
        swept_until(run, lambda run: run.done >= RECORDS / 3)
        worker.kill()
        worker.start()
        swept_until(run, lambda run: run.done >= 2 * RECORDS / 3)
        worker.kill_child()
        swept_until(run, lambda run: run.has_ended)
        loaded = told(here)
        undoing = run_undo(run)
        swept_until(undoing, lambda run: run.has_ended)

    assert (run.state, undoing.state, undoing.result["stay"]) == ("succeeded", "succeeded", 0)
    assert loaded == told(there)
    assert content(here) == empty


def told(group: Group) -> dict[str, list[str]]:
    """What a group holds, its events without their ids."""
    return {kind: sorted(str(row[1:] if kind == "events" else row) for row in rows) for kind, rows in content(group).items()}
