"""Rows 25, 26 and 28 of the bar: an import whose worker, child, broker or sessions are killed at random ends with exactly the rows of a clean one."""

import json
import os
import random
import signal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection

from config.embedded import HOST
from config.valkey import Valkey
from ontology.choices import OnConflict
from ontology.models import Event, Group, Run, RunWrite, Thing
from ontology.records import RecordFile
from ontology.services.actor import PLATFORM
from ontology.services.import_records import Target
from ontology.services.import_uploads import ImportWish, import_begin
from ontology.services.imports import FileImport
from ontology.services.runs import run_cancel, run_pause, run_resume
from ontology.services.uploads import upload_keep
from tests.factories import make_group
from tests.ontology.loading import content, written
from tests.working import Worker, swept_until, working

pytestmark = pytest.mark.django_db(transaction=True)
RECORDS, BATCH = int(os.environ.get("KILL_RECORDS", "6000")), int(os.environ.get("KILL_BATCH", "200"))
"""A million in chunks of 10,000, killed ten times, is tried by hand: KILL_RECORDS=999999 KILL_BATCH=10000 KILLS=10."""
SEED = int(os.environ.get("KILL_SEED", random.SystemRandom().randrange(1 << 30)))
KILLS = int(os.environ.get("KILLS", "4"))


def records(count: int) -> list[dict[str, Any]]:
    third = count // 3
    things = [
        {"kind": "thing", "type": "note", "name": f"Note {n}" if n % 97 else "", "external_id": f"n{n}", "properties": {"n": n}} for n in range(third)
    ]
    links = [{"kind": "connection", "from": f"n{n}", "to": f"n{n + 1}", "type": "references" if n % 5 else "part_of"} for n in range(third)]
    events = [{"kind": "event", "type": "content_event", "target": f"n{n}", "timestamp": 1_700_000_000 + 60 * (n % 1500)} for n in range(third)]
    mixed = [*things, *links, *events]
    random.Random(5).shuffle(mixed)
    return mixed


@pytest.fixture
def broker(tmp_path: Path) -> Any:
    """A Valkey of the test's own, which it may kill."""
    from tests.servers import valkey_program

    server = Valkey(tmp_path / "valkey", tmp_path / "valkey.log", "secret")
    server.folder.mkdir()
    server.program = valkey_program()
    yield server
    server.stop()


@pytest.fixture
def group(tmp_path: Path, settings: Any) -> Group:
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "uploads"}}}
    return make_group(slug="here")


def begun(group: Group, path: Path) -> Run:
    upload = upload_keep(ContentFile(path.read_bytes()).chunks(), path.name)
    run = import_begin(group, upload, ImportWish(), actor=PLATFORM)
    Run.objects.filter(pk=run.pk).update(batch_size=BATCH)
    return run


def address(server: Valkey) -> str:
    return f"redis://:secret@{HOST}:{server.start()}/0"


def sessions_end() -> None:
    """Every session of the worker ends, as when the database is restarted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")


def killed(worker: Worker, broker: Valkey, how: str) -> None:
    match how:
        case "worker":
            worker.kill()
            worker.start()
        case "child":
            worker.kill_child()
        case "ctrl-c":
            worker.kill(signal.SIGTERM)
            worker.start()
        case "database":
            sessions_end()
        case "broker":
            pid = broker.pid()
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            worker.kill()
            worker.broker = address(broker)
            worker.start()


def test_import__killed_again_and_again_equals_one_clean_load(group: Group, broker: Valkey, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    path = written(tmp_path / "file.ndjson.gz", records(RECORDS))
    there = make_group(slug="there")
    clean = FileImport(RecordFile(path), Target(there, OnConflict.ERROR), batch_records=BATCH, writers=1).run()
    ways = ["worker", "database", "child", "broker", "ctrl-c"]
    chance.shuffle(ways)

    with working(address(broker)) as worker:
        run = begun(group, path)
        for number in range(KILLS):
            at = RECORDS * (number + chance.random()) / (KILLS + 1)
            swept_until(run, lambda run, at=at: run.done >= at or run.has_ended)
            killed(worker, broker, ways[number % len(ways)])
        swept_until(run, lambda run: run.has_ended)
        told = f"seed {SEED}: {ways[:KILLS]} {run.error} {worker.words()[-2000:]}"

    assert (run.state, run.done, run.total) == ("succeeded", RECORDS, RECORDS), told
    one, other = content(there), content(group)
    assert {kind: rows for kind, rows in other.items() if kind != "events"} == {kind: rows for kind, rows in one.items() if kind != "events"}, told
    assert sorted(str(event[1:]) for event in other["events"]) == sorted(str(event[1:]) for event in one["events"]), told
    assert {kind: run.counts[kind] for kind in run.counts} == {
        kind: {"created": tally.created, "updated": tally.updated, "skipped": tally.skipped, "rejected": tally.rejected}
        for kind, tally in clean.tallies.items()
    }, told
    assert run.rejects.count() == clean.rejected
    assert sum(len(write.ids) for write in RunWrite.objects.filter(run=run)) == sum(tally.created for tally in clean.tallies.values())
    assert Event.objects.filter(type="batch_import", metadata__run=str(run.pk)).count() == 1


def test_import__paused_within_a_chunk_by_another_process_then_cancelled(group: Group, broker: Valkey, tmp_path: Path) -> None:
    path = written(tmp_path / "file.ndjson", records(RECORDS))

    with working(address(broker)):
        run = begun(group, path)
        Run.objects.filter(pk=run.pk).update(throttle_ms=50)
        swept_until(run, lambda run: run.done >= 5 * BATCH)
        run_pause(run)
        at = swept_until(run, lambda run: run.state == "paused").done
        assert Thing.objects.in_group(group).count() + run.rejects.count() + _rest(group) == at
        run_resume(run)
        swept_until(run, lambda run: run.done >= at + 3 * BATCH)
        run_cancel(run)
        swept_until(run, lambda run: run.state == "cancelled")

    assert run.done % BATCH == 0
    assert Thing.objects.in_group(group).count() + run.rejects.count() + _rest(group) == run.done
    assert any(line.text.startswith("Cancelled. ") and "up to line" in line.text for line in run.lines.all())


def _rest(group: Group) -> int:
    """Connections and imported events."""
    found = content(group)
    return len(found["connections"]) + len(found["events"])


def test_import__is_driven_by_one_worker_though_two_get_its_message(group: Group, broker: Valkey, tmp_path: Path) -> None:
    from ontology.services.runs import run_enqueue

    path = written(tmp_path / "file.ndjson", records(RECORDS))

    with working(address(broker)) as one:
        other = Worker(one.broker)
        other.start()
        try:
            run = begun(group, path)
            for _ in range(6):
                run_enqueue(run)
            swept_until(run, lambda run: run.has_ended)
        finally:
            other.kill()
            other.said.close()

    assert (run.state, run.done) == ("succeeded", RECORDS)
    assert json.dumps(run.counts, sort_keys=True).count('"created"') == 3
    assert len(content(group)["things"]) == run.counts["thing"]["created"]
