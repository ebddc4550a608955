"""Rows 19, 21 and 22 of the bar: a migration beside eight writers, killed and cut off, and raced by new legacy rows, loses nothing and ends."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from ontology.migration.runner import rows_left
from ontology.models import Connection, Group, LegacyRow, QuarantinedRow, Run, Thing
from quotas.services.recount import usage_drift
from tests.addresses import ROOT, address, surroundings
from tests.faults.migration_world import WRITER, World, at_work, until
from tests.lock_waits import LockWaits, lock_waits
from tests.ontology.legacy_exports import generated, load, write_export
from tests.ontology.legacy_model import expected

pytestmark = pytest.mark.django_db(transaction=True)
THINGS = int(os.environ.get("MIGRATED_THINGS", "250"))
BATCH = ("--batch-size", os.environ.get("MIGRATED_BATCH", "100"))
KILLS = int(os.environ.get("KILLS", "3"))
SEED = int(os.environ.get("KILL_SEED", random.SystemRandom().randrange(1 << 30)))
BROKEN_BEFORE = ('"status":422', "problem", "required property")
"""What tells why a change of a migrated thing may be refused: its properties broke their schema on the old platform already."""
TABLES = ("things", "connections", "events", "knowledge", "thing_knowledge")


def loaded(tmp_path: Path, seed: int) -> dict[str, list[dict[str, Any]]]:
    tables = generated(seed, things=THINGS)
    load(write_export(tmp_path / "export.zip", tables))
    return tables


def migrated(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("migrate_ontology", "--no-backup", *arguments, stdout=out, stderr=StringIO())
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def test_migration__beside_eight_writers_loses_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = loaded(tmp_path, 31)
    group = Group.objects.get(slug="tenant-g0")

    with at_work(tmp_path, group) as world:
        began = time.time()
        with lock_waits(address("owner"), WRITER) as waits:
            report = migrated(*BATCH)
        ended = time.time()
        until(lambda: len(world.told()) > 200, "the writers stopped", world)

    with capsys.disabled():
        sys.stderr.write(_told(world, waits, report, began, ended))
    wanted = expected(tables)
    assert world.failures == []
    assert {name: report[name] for name in wanted} == wanted
    assert world.lost() == []
    assert world.half_rows == []
    assert world.looks > 3
    assert waits.looks > 10
    assert [act for act in world.acts if act["act"] == "refused" and not any(word in act["mark"] for word in BROKEN_BEFORE)] == []
    assert set(world.counts) - {"refused"} == {"make", "change", "connect", "happen"}
    assert rows_left() == dict.fromkeys(TABLES, 0)
    assert usage_drift() == []


def _told(world: World, waits: LockWaits, report: dict[str, Any], began: float, ended: float) -> str:
    """Numbers to read, none of them asserted: how long acts took tells of the machine as well, waits for locks of the migration alone."""
    during, before = (began, ended), (0.0, began)
    words = [f"{name} {world.stall_ms(share, *span)} ms" for name, span in (("during", during), ("before", before)) for share in (0.5, 0.99, 1.0)]
    return (
        f" [{len(world.acts)} acts; half of them, 99 of 100 and the slowest took {', '.join(words)}; {world.looks} looks; a writer waited"
        f" {waits.longest_ms:.0f} ms at most for a lock of the migration {waits.what}, whose longest batch took {report['longest_batch_ms']} ms] "
    )


class Migrator:
    """`manage.py migrate_ontology` as a process of its own, to be killed."""

    def __init__(self, log: Path, *arguments: str) -> None:
        command, self.log = [sys.executable, "manage.py", "migrate_ontology", "--no-backup", *arguments], log
        with log.open("ab") as said:
            self.process = subprocess.Popen(command, cwd=ROOT, env=surroundings(), stdout=said, stderr=said)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def sessions_end(self) -> None:
        """Its sessions are cut; it ends by itself."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        self.process.wait(60)

    def words(self) -> str:
        return self.log.read_text()[-3000:]


def moved() -> int:
    """Legacy rows that are whole, or in quarantine."""
    return LegacyRow.objects.exclude(kind="group").count() - sum(rows_left().values())


def test_migration__killed_and_cut_off_repeats_nothing_and_ends(tmp_path: Path) -> None:
    tables = loaded(tmp_path, 32)
    chance, resume = random.Random(SEED), list[str]()
    total = sum(rows_left().values())
    told = f"seed {SEED}"
    for number in range(KILLS):
        migrator = Migrator(tmp_path / "said", "--batch-size", "40", *resume)
        at = total * (number + chance.random()) / (KILLS + 1)
        until(lambda at=at: (run := Run.objects.filter(kind="migration").first()) and (run.done > at or run.has_ended), told)  # type: ignore[misc]
        migrator.kill() if number % 2 else migrator.sessions_end()
        run = Run.objects.get(kind="migration")
        until(lambda: _nobody_writes(), told)
        run.refresh_from_db()
        assert run.state != "succeeded" or sum(rows_left().values()) == 0, told
        assert moved() == run.done, f"{told}: what is committed is what the run's place says, so nothing is done again"
        resume = ["--resume", str(run.pk)]

    last = Migrator(tmp_path / "said", *resume)
    last.process.wait(120)

    run.refresh_from_db()
    assert (run.state, rows_left()) == ("succeeded", dict.fromkeys(TABLES, 0)), f"{told} {last.words()}"
    wanted = expected(tables)
    assert {name: run.result[name] for name in wanted} == wanted, told
    assert Connection.objects.count() + QuarantinedRow.objects.filter(kind="connection").count() == len(tables["connections"])
    assert usage_drift() == []


def _nobody_writes() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        row = cursor.fetchone()
    return bool(row and row[0] == 0)


def test_migration__ends_though_legacy_rows_come_as_fast_as_it_works(tmp_path: Path) -> None:
    loaded(tmp_path, 33)
    enrolled, stop, came = LegacyRow.objects.filter(kind="thing").count(), threading.Event(), [0]

    def comes() -> None:
        with psycopg.connect(address("owner"), autocommit=True) as session:
            while not stop.is_set():
                session.execute(
                    "INSERT INTO ontology_thing (id, type, name, properties, status, schema_version) SELECT gen_random_uuid(), 'note', 'late', '{}', 'draft', 0"
                    " FROM generate_series(1, 20)"
                )
                came[0] += 20

    thread = threading.Thread(target=comes)
    thread.start()
    try:
        until(lambda: came[0] > 200, "no rows come")
        began = time.monotonic()
        report = migrated("--batch-size", "40")
        seconds = time.monotonic() - began
    finally:
        stop.set()
        thread.join()

    assert report["things_migrated"] >= enrolled + 200
    assert Thing.objects.filter(schema_version=0).count() == rows_left()["things"] == came[0] + enrolled - report["things_migrated"]
    assert seconds < 90
    again = migrated()
    assert rows_left()["things"] == 0
    assert report["things_migrated"] + again["things_migrated"] == came[0] + enrolled
