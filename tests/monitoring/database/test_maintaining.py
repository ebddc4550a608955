"""Keeping the database in shape: as the role of jobs, without making anyone wait, and never rewriting a table where that was not asked for."""

import threading
import time
from collections.abc import Iterator
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


@pytest.mark.usefixtures("bloated")
def test_reindex__rebuilds_what_is_bloated_and_nothing_else_while_writers_go_on() -> None:
    waits: list[float] = []
    stop = threading.Event()

    def write() -> None:
        with session() as mine:
            mine.autocommit = True
            number = 1_000_000
            while not stop.is_set():
                number += 1
                began = time.perf_counter()
                mine.execute("INSERT INTO planted VALUES (%s, 'new')", [number])
                waits.append(time.perf_counter() - began)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with as_role("worker"):
            done = reindex_bloated()
    finally:
        stop.set()
        writer.join()

    assert {it.target for it in done} == {"planted_note", "planted_pkey"}
    assert {it.outcome for it in done} == {"done"}
    assert all(it.bytes_after < it.bytes_before for it in done if it.bytes_after)
    assert len(waits) > 20
    assert max(waits) < 5  # a lock held for the rebuilding would show; how long it took is measured elsewhere


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
