"""Row 20 of the bar: what a migration does to the schema while somebody reads for seconds, and who waits for it."""

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from ontology.migration.runner import LOCK_TIMEOUT
from ontology.models import Group
from tests.addresses import address
from tests.faults.migration_world import until
from tests.lock_waits import LockWaits, lock_waits
from tests.ontology.legacy_exports import generated, load, write_export

pytestmark = pytest.mark.django_db(transaction=True)
READ_SECONDS = 4.0
PASSER_BY = "passer_by"
TABLES = ("ontology_thing", "ontology_connection", "ontology_event", "ontology_knowledge", "ontology_thingknowledge", "ontology_legacyrow")
MAKE = "INSERT INTO ontology_thing (id, group_id, type, name, properties, status) VALUES (gen_random_uuid(), %s, 'note', 'n', '{}', 'draft')"


def command(name: str, *arguments: object) -> dict[str, Any]:
    out = StringIO()
    call_command(name, *map(str, arguments), stdout=out, stderr=StringIO())
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


@contextmanager
def reader() -> Iterator[threading.Thread]:
    """A transaction that has read every table and goes on for READ_SECONDS."""
    begun = threading.Event()

    def reads() -> None:
        with psycopg.connect(address("owner")) as session:
            for table in TABLES:
                session.execute(f"SELECT FROM {table} LIMIT 1")
            begun.set()
            session.execute("SELECT pg_sleep(%s)", [READ_SECONDS])

    thread = threading.Thread(target=reads)
    thread.start()
    try:
        assert begun.wait(30)
        yield thread
    finally:
        thread.join()


@contextmanager
def passer_by(group: Group) -> Iterator[list[str]]:
    """Somebody who reads and writes all the while; how often, and what was refused."""
    stop, did = threading.Event(), list[str]()

    def passes() -> None:
        with psycopg.connect(address("owner"), autocommit=True, application_name=PASSER_BY) as session:
            session.execute("SET lock_timeout = '1200ms'")  # 250 ms, and a busy machine; refused when it waits longer
            while not stop.wait(0.01):
                try:
                    session.execute("SELECT count(*) FROM ontology_thing WHERE group_id = %s", [group.pk])
                    session.execute(MAKE, [group.pk])
                    did.append("did")
                except psycopg.errors.LockNotAvailable:
                    did.append("waited")

    thread = threading.Thread(target=passes)
    thread.start()
    try:
        until(lambda: len(did) > 3, "nobody passes by")
        yield did
    finally:
        stop.set()
        thread.join()


def told(what: str, waits: LockWaits, did: list[str]) -> str:
    return f" [{what}: of {len(did)} acts beside a reader of {READ_SECONDS:.0f} s the longest waited {waits.longest_ms:.0f} ms for {waits.what or 'nobody'}] "


def test_migration__work_on_the_schema_behind_a_reader_lets_others_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(write_export(tmp_path / "export.zip", generated(61, things=60)))
    group = Group.objects.get(slug="tenant-g0")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ontology_thing ADD CONSTRAINT thing_is_tried CHECK (version >= 0) NOT VALID")
    try:
        with passer_by(group) as did, lock_waits(address("owner"), PASSER_BY) as waits, reader():
            began = time.monotonic()
            report = command("migrate_ontology", "--no-backup", "--batch-size", "50")
            seconds = time.monotonic() - began
        with connection.cursor() as cursor:
            cursor.execute("SELECT convalidated FROM pg_constraint WHERE conname = 'thing_is_tried'")
            validated = cursor.fetchone()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE ontology_thing DROP CONSTRAINT thing_is_tried")

    with capsys.disabled():
        sys.stderr.write(told(f"a migration of {seconds:.1f} s", waits, did))
    assert report["constraints_validated"] == 1
    assert validated == (True,)
    assert set(did) == {"did"}
    assert waits.looks > 10
    assert LOCK_TIMEOUT == "200ms"


def test_rollback__its_indexes_and_triggers_behind_a_reader_let_others_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(write_export(tmp_path / "export.zip", generated(62, things=60)))
    group, backup = Group.objects.get(slug="tenant-g0"), tmp_path / "rows.backup"
    command("migrate_ontology", "--backup", backup)

    with passer_by(group) as did, lock_waits(address("owner"), PASSER_BY) as waits, reader():
        report = command("rollback_ontology", "--backup-file", backup)

    with capsys.disabled():
        sys.stderr.write(told(f"a rollback that held the tables for {report['writers_waited_seconds']} s", waits, did))
    assert report["tables"]["ontology_thing"]["restored"] > 0
    assert waits.looks > 10
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'rollback\\_%'")
        assert cursor.fetchone() == (0,)
