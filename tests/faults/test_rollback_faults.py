"""Rows 23 and 24 of the bar: a rollback beside writers loses nothing and brings nothing back that was removed; killed, it changed nothing; a damaged
backup is refused.
"""

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
from django.core.management import CommandError, call_command
from django.db import connection

from ontology.errors import BackupRefused
from ontology.migration.backup import backup_verify
from ontology.models import Connection, Group, Run, Thing
from quotas.services.recount import usage_drift
from tests.addresses import ROOT, address, surroundings
from tests.factories import make_group, make_thing
from tests.faults.migration_world import at_work, until
from tests.ontology.legacy_exports import generated, load, write_export
from tests.ontology.test_rollback_ontology import content

pytestmark = pytest.mark.django_db(transaction=True)
THINGS = int(os.environ.get("MIGRATED_THINGS", "120"))
FLIPS = int(os.environ.get("FLIPS", "60"))
SEED = int(os.environ.get("FLIP_SEED", random.SystemRandom().randrange(1 << 30)))


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of legacy rows, which are migrated by now."""
    load(write_export(tmp_path / "export.zip", generated(41, things=THINGS)))
    call_command("migrate_ontology", "--backup", str(tmp_path / "rows.backup"), stdout=StringIO(), stderr=StringIO())
    return tmp_path / "rows.backup"


def rolled_back(backup: Path, *arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("rollback_ontology", "--backup-file", str(backup), *arguments, stdout=out, stderr=StringIO())
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def test_rollback__beside_writers_loses_nothing_and_brings_nothing_removed_back(backup: Path, tmp_path: Path, capsys: Any) -> None:
    group = Group.objects.get(slug="tenant-g0")
    removed = set(Connection.objects.filter(group=group).order_by("pk").values_list("pk", flat=True)[:10])
    Connection.objects.filter(pk__in=removed).delete()
    before = Thing.objects.filter(group=group).count()

    with at_work(tmp_path, group, pause=0.01) as world:
        report = rolled_back(backup)
        acts = len(world.told())
        until(lambda: len(world.told()) > acts + 40, "the writers stopped", world)

    assert world.failures == []
    assert world.lost() == []
    assert world.half_rows == []
    assert Connection.objects.filter(pk__in=removed).count() == 0
    assert report["conflicts"]["ontology_connection"]["gone"] == len(removed)
    assert 0 < report["conflicts"]["ontology_thing"]["changed"] + report["conflicts"]["ontology_thing"]["in_use"] <= before
    assert Thing.objects.filter(schema_version=0).count() == report["tables"]["ontology_thing"]["restored"] > 0
    assert usage_drift() == []
    with capsys.disabled():
        sys.stderr.write(
            f" [{len(world.acts)} acts beside {report['rows']} rows; writers waited {report['writers_waited_seconds']} s, readers {world.longest_look_ms} ms] "
        )


@pytest.mark.parametrize("mode", ["keep", "exact"])
def test_rollback__killed_in_the_middle_has_changed_nothing(backup: Path, mode: str, tmp_path: Path) -> None:
    before = content()
    command = [sys.executable, "manage.py", "rollback_ontology", "--backup-file", str(backup), "--mode", mode]
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=surroundings(), stdout=said, stderr=said)
    until(lambda: _holds() or process.poll() is not None, "the rollback does not begin")
    with psycopg.connect(address("owner")) as holder:
        holder.execute("SELECT FROM ontology_run WHERE kind = 'rollback' FOR UPDATE")  # where its place is saved: the last thing before its COMMIT
        until(lambda: _waits() or process.poll() is not None, "the rollback does not come to its end")
        process.send_signal(signal.SIGKILL)
        process.wait()
    until(lambda: not _sessions(), "the killed rollback's session does not end")

    assert (tmp_path / "said").read_text() == ""
    assert content() == before
    (run,) = Run.objects.filter(kind="rollback")
    assert run.cursor == {}
    report = rolled_back(backup, "--mode", mode)
    assert report["run"] == str(run.pk)
    assert Thing.objects.filter(schema_version=1).count() == 0


def _holds() -> bool:
    """Whether a rollback holds the tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE mode = 'ShareRowExclusiveLock' AND granted AND relation = 'ontology_quarantinedrow'::regclass"
        )
        return bool((cursor.fetchone() or (0,))[0])


def _waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%cursor%'"
        )
        return bool((cursor.fetchone() or (0,))[0])


def _sessions() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        return bool((cursor.fetchone() or (0,))[0])


def test_backup__damaged_anywhere_is_refused(backup: Path) -> None:
    whole, chance, before = backup.read_bytes(), random.Random(SEED), content()
    told = f"seed {SEED}"
    for number in range(FLIPS):
        place = chance.randrange(len(whole))
        damaged = bytearray(whole)
        damaged[place] ^= 1 << chance.randrange(8)
        backup.write_bytes(bytes(damaged[:place]) if number % 3 == 0 else bytes(damaged))
        with pytest.raises(BackupRefused):
            backup_verify(backup)
        if number < 3:
            with pytest.raises(CommandError):
                rolled_back(backup)
    assert content() == before, told
    backup.write_bytes(whole)
    assert backup_verify(backup).rows > 0


def test_naive_rollback__loses_what_was_written_meanwhile(backup: Path) -> None:
    """The control that must fail: clearing the tables and putting the backup's rows back, as an older platform did."""
    saved = content()["Thing"]
    later = make_thing(make_group())

    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('sextant.event_decision', 'migration', false)")
        cursor.execute("TRUNCATE ontology_thing, ontology_connection, ontology_knowledge, ontology_thingknowledge CASCADE")
        cursor.execute("SELECT set_config('sextant.event_decision', '', false)")
    Thing.objects.bulk_create([Thing(**row) for row in saved])

    assert Thing.objects.count() == len(saved)
    assert not Thing.objects.filter(pk=later.pk).exists()


def test_rollback__behind_a_long_writer_lets_others_pass(backup: Path) -> None:
    """Row 20: whoever comes while the rollback waits for a lock waits no longer than it does."""
    done: list[Any] = []

    def rolls() -> None:
        try:
            done.append(rolled_back(backup))
        finally:
            connection.close()

    longest, group = 0.0, make_group()
    with psycopg.connect(address("owner")) as holder, psycopg.connect(address("owner"), autocommit=True) as other:
        holder.execute("UPDATE ontology_thing SET status = 'draft' WHERE id = (SELECT id FROM ontology_thing ORDER BY id LIMIT 1)")
        thread = threading.Thread(target=rolls)
        thread.start()
        until(lambda: Run.objects.filter(kind="rollback", state="running").exists(), "the rollback does not begin")
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            began = time.monotonic()
            other.execute("SET lock_timeout = '1200ms'")  # 200 ms, and a busy machine; fails when it waits longer
            other.execute(
                "INSERT INTO ontology_thing (id, group_id, type, name, properties, status) VALUES (gen_random_uuid(), %s, 'note', 'n', '{}', 'draft')",
                [group.pk],
            )
            longest = max(longest, time.monotonic() - began)
            time.sleep(0.02)
        assert done == []
        holder.rollback()
        thread.join()

    assert done[0]["conflicts"] == {}
    assert longest < 1.2
