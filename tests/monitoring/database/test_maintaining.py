"""Keeping the database in shape: as the role of jobs, without making anyone wait, and never rewriting a table where that was not asked for."""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from monitoring.database import indexes, maintaining
from monitoring.database.maintaining import HOT_TABLES, analyze, full_refusal, reindex_bloated, vacuum, vacuum_full
from monitoring.models import Maintenance
from ontology.services.record import partitions_ensure
from tests.roles import as_role

pytestmark = pytest.mark.django_db(transaction=True)
NIGHT = datetime(2026, 11, 1, 3, 30, tzinfo=UTC)


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for text in statements:
            cursor.execute(text)


def session() -> psycopg.Connection[tuple[object, ...]]:
    where = settings.DATABASES["default"]
    return psycopg.connect(host=where["HOST"], port=where["PORT"], user=where["USER"], password=where["PASSWORD"], dbname=where["NAME"])


@pytest.fixture
def bloated(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(indexes, "BLOAT_BYTES", 500_000)
    run(
        "CREATE TABLE planted (id bigint PRIMARY KEY, note text)",
        "INSERT INTO planted SELECT n, repeat('x', 60) FROM generate_series(1, 100000) AS n",
        "CREATE INDEX planted_note ON planted (note, id)",
        "DELETE FROM planted WHERE id % 10 <> 0",
        "VACUUM planted",
    )
    try:
        yield
    finally:
        run("DROP TABLE planted")


def test_analyze_and_vacuum__as_the_role_of_jobs_reach_every_table_and_new_partitions() -> None:
    partitions_ensure([datetime(2019, 3, 3, tzinfo=UTC)])
    with as_role("worker"):
        statistics, cleaned = analyze(), vacuum()

    assert [it.target for it in statistics] == list(HOT_TABLES)
    assert {it.outcome for it in [*statistics, *cleaned]} == {"done"}
    assert "ontology_event_2019_03" in {it.target for it in cleaned}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT last_vacuum IS NOT NULL FROM pg_stat_user_tables WHERE relname IN ('ontology_event_2019_03', 'ontology_thing')")
        assert cursor.fetchall() == [(True,), (True,)]
    assert Maintenance.objects.count() == len(statistics) + len(cleaned)


@dataclass
class Writes:
    """What writers did meanwhile: writes that went through, and those that had to wait for a lock longer than maintenance itself would."""

    done: int = 0
    refused: int = 0


@contextmanager
def writers(count: int = 3) -> Iterator[Writes]:
    """So many sessions that insert, change and delete without pause, each with the patience for a lock that maintenance has."""
    writes, stop, counting = Writes(), threading.Event(), threading.Lock()

    def write(first: int) -> None:
        with session() as mine:
            mine.autocommit = True
            mine.execute(f"SET lock_timeout = '{maintaining.LOCK_TIMEOUT}'")
            for number in itertools.count(first):
                if stop.is_set():
                    return
                try:
                    mine.execute("INSERT INTO planted VALUES (%s, 'new')", [number])
                    mine.execute("UPDATE planted SET note = note || 'er' WHERE id = %s", [number])
                    mine.execute("DELETE FROM planted WHERE id = %s", [number - 50])
                except psycopg.errors.LockNotAvailable:
                    with counting:
                        writes.refused += 1
                else:
                    with counting:
                        writes.done += 1

    threads = [threading.Thread(target=write, args=(1_000_000 * (one + 1),)) for one in range(count)]
    for thread in threads:
        thread.start()
    try:
        while writes.done < 10 * count:
            time.sleep(0.01)
        yield writes
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.usefixtures("bloated")
def test_maintenance_of_every_kind__makes_no_writer_wait_over_its_own_patience() -> None:
    with writers() as writes:
        before = writes.done
        with as_role("worker"):
            done = [*analyze(["planted"]), *vacuum(), *reindex_bloated()]
        during = writes.done - before

    assert {it.outcome for it in done} == {"done"}
    assert {it.target for it in done if it.kind == "reindex"} == {"planted_note", "planted_pkey"}
    assert all(it.bytes_after < it.bytes_before for it in done if it.kind == "reindex" and it.bytes_after)
    assert during > 20
    assert writes.refused == 0


@pytest.mark.usefixtures("bloated")
def test_writers__that_have_to_wait_are_seen_by_the_test_above() -> None:
    with writers() as writes, session() as holder:
        holder.execute("LOCK TABLE planted IN SHARE MODE")
        time.sleep(0.5)
        holder.rollback()

    assert writes.refused > 0


@pytest.mark.usefixtures("bloated")
def test_vacuum_full__under_writers_gets_its_lock_or_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintaining, "FULL_BYTES", 500_000)
    monkeypatch.setattr(settings, "MAINTENANCE_FULL", True)
    monkeypatch.setattr(settings, "MAINTENANCE_DISK", "/")
    with writers() as writes:
        assert [it.outcome for it in vacuum_full(now=NIGHT.replace(hour=12))] == ["skipped"]
        assert writes.refused == 0
        (done,) = vacuum_full(now=NIGHT)

    # It alone makes writers wait, for as long as it writes: that is why it has a window.
    assert done.outcome in {"done", "busy"}


@pytest.mark.usefixtures("bloated")
def test_maintenance__gives_up_where_the_lock_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintaining, "ATTEMPTS", 2)
    with session() as holder:
        holder.execute("LOCK TABLE planted IN ACCESS EXCLUSIVE MODE")
        act = maintaining._done(maintaining.MaintenanceKind.REINDEX, "planted_note", "REINDEX INDEX CONCURRENTLY {}")

    assert (act.outcome, act.target) == ("busy", "planted_note")
    assert "lock timeout" in act.detail


@pytest.mark.parametrize(
    ("is_on", "hour", "disk", "size", "refusal"),
    [
        (False, 3, "/", 10, "switched off"),
        (True, 1, "/", 10, "Outside the window of 2:00 to 5:00 UTC"),
        (True, 5, "/", 10, "Outside the window"),
        (True, 3, "", 10, "is not known here"),
        (True, 3, "/", 10**18, "A rewrite needs up to 2,000,000,000,000,000,000 bytes of room"),
        (True, 3, "/", 10, ""),
        (True, 4, "/", 10, ""),
    ],
)
def test_full_refusal__says_why(monkeypatch: pytest.MonkeyPatch, is_on: bool, hour: int, disk: str, size: int, refusal: str) -> None:
    monkeypatch.setattr(settings, "MAINTENANCE_FULL", is_on)
    monkeypatch.setattr(settings, "MAINTENANCE_DISK", disk)

    told = full_refusal(size, NIGHT.replace(hour=hour))

    assert refusal in told if refusal else told == ""


@pytest.mark.usefixtures("bloated")
def test_vacuum_full__only_where_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintaining, "FULL_BYTES", 500_000)

    (skipped,) = vacuum_full(now=NIGHT)
    assert (skipped.outcome, skipped.target) == ("skipped", "planted")
    monkeypatch.setattr(settings, "MAINTENANCE_FULL", True)
    monkeypatch.setattr(settings, "MAINTENANCE_DISK", "/")
    (done,) = vacuum_full(now=NIGHT)
    assert done.outcome == "done"
    assert done.bytes_after is not None
    assert done.bytes_after < done.bytes_before / 4
    assert vacuum_full(now=NIGHT) == []
