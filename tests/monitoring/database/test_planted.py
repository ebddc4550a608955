"""Troubles really made on the server, each told by its alert or report with who it is and what helps, and none of them told before."""

import contextlib
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from monitoring.database import conditions, indexes
from monitoring.database.advice import optimisation_report
from monitoring.database.conditions import conditions_daily, conditions_minutely
from monitoring.database.indexes import index_health
from monitoring.database.overview import bloat
from monitoring.database.sampling import sample_take
from monitoring.database.tasks import database_monthly, sample_database
from monitoring.models import Alert, DatabaseReport, DatabaseSample, SlowStatement
from tests.factories import make_group, make_thing
from tests.monitoring.database.planted_urls import SLOW_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)
PLANTED = "tests.monitoring.database.planted_urls"


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SAMPLE_SECONDS", 0)


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for text in statements:
            cursor.execute(text)


def session() -> "psycopg.Connection[tuple[object, ...]]":
    where = settings.DATABASES["default"]
    return psycopg.connect(
        host=where["HOST"], port=where["PORT"], user=where["USER"], password=where["PASSWORD"], dbname=where["NAME"], autocommit=True
    )


SHARED = {"database_pool", "database_idle_transaction"}
"""What is the whole server's, so that tests of other processes meet it too."""


def crossed(*, daily: bool = False, besides: str = "") -> dict[str, str]:
    """What is worth an alert now, in its words, of this database and BESIDES; of the minute's looks, or of the DAILY ones too."""
    found = [*conditions_minutely(), *(conditions_daily() if daily else ())]
    return {it.name: it.summary for it in found if it.severity and it.name not in SHARED - {besides}}


@pytest.mark.urls(PLANTED)
def test_eleven_slow_statements_in_a_minute__are_told_and_each_has_its_caller(client: Client) -> None:
    sample_database()
    group = make_group()
    for _ in range(10):
        assert client.get(f"/planted/groups/{group.slug}/slow/").status_code == 200
    sample_take()
    DatabaseSample.objects.update(seconds=60)  # ten in a minute, and not in the second that this took
    assert crossed() == {}

    for number in range(11):
        assert client.get(f"/planted/groups/{group.slug}/slow/").status_code == 200, number
    sample_take()
    DatabaseSample.objects.update(seconds=60)

    assert crossed() == {"database_slow_statements": "11 statements took over 100 ms since the last sample."}
    assert SlowStatement.objects.filter(duration_ms__gte=1000 * SLOW_SECONDS).count() == 21
    assert set(SlowStatement.objects.values_list("caller", "group_slug", "text")) == {
        ("GET planted/groups/<slug:slug>/slow/", group.slug, "SELECT pg_sleep(%s)")
    }
    conditions.observe(conditions_minutely())
    assert list(Alert.objects.exclude(name__in=SHARED).values_list("name", "severity")) == [("database_slow_statements", "warning")]


@pytest.mark.urls(PLANTED)
def test_n_plus_one__is_in_the_months_report_with_its_caller(client: Client) -> None:
    group, small = make_group(), make_group()
    for number in range(25):
        make_thing(group, name=f"thing {number}")
    make_thing(small)
    client.get(f"/planted/groups/{small.slug}/one-by-one/")
    assert optimisation_report().repeated == []

    assert client.get(f"/planted/groups/{group.slug}/one-by-one/").status_code == 200
    database_monthly()

    kept = DatabaseReport.objects.get(kind="optimisation").content
    (found,) = kept["repeated"]
    assert (found["caller"], found["times"], found["seen"]) == ("GET planted/groups/<slug:slug>/one-by-one/", 25, 1)
    assert 'FROM "ontology_thing" WHERE' in found["text"]
    assert [line["group"] for line in kept["groups"]] == []  # added up once a minute, which is not over


@contextlib.contextmanager
def many_sessions(percent: int) -> Iterator[None]:
    """So many sessions that PERCENT of what the server takes are open, those of others among them."""
    with session() as counting, contextlib.ExitStack() as opened:
        counted = counting.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'").fetchone()
        ((most,),) = counting.execute(
            "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
            " - current_setting('reserved_connections')::int"
        ).fetchall()
        assert counted is not None
        for _ in range(percent * int(str(most)) // 100 + 1 - int(str(counted[0]))):
            opened.enter_context(session())
        yield


def test_pool__at_85_percent_is_told() -> None:
    sample_take()
    assert crossed(besides="database_pool") == {}
    with many_sessions(85):
        sample_take()

    told = crossed(besides="database_pool")
    assert list(told) == ["database_pool"]
    assert "of 197 connections are taken (8" in told["database_pool"]
    sample_take()
    assert crossed(besides="database_pool") == {}


def test_idle_transaction__of_ten_minutes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with session() as idle:
        idle.execute("BEGIN")
        time.sleep(0.3)
        sample_take()
        assert crossed(besides="database_idle_transaction") == {}
        with monkeypatch.context() as earlier:
            earlier.setattr(conditions, "IDLE_SECONDS", 0.3)  # the clock of the server cannot be put forward
            told = crossed(besides="database_idle_transaction")
        assert list(told) == ["database_idle_transaction"]
        assert "what it has locked stays locked" in told["database_idle_transaction"]
    sample_take()
    assert crossed(besides="database_idle_transaction") == {}


def test_cache__under_40_percent_is_told() -> None:
    # A table above a quarter of the server's memory is read through a small ring of it, so that reading it again finds nothing.
    run("CREATE UNLOGGED TABLE planted AS SELECT n, repeat('x', 1900) AS note FROM generate_series(1, 64000) AS n")
    try:
        run("VACUUM planted")
        for _ in range(2):  # the first finds all statements new, and has much to write
            sample_take()
            run("SELECT pg_stat_force_next_flush()")  # a session tells its counters once a second, unless asked to
        DatabaseSample.objects.earliest("taken_at").delete()
        DatabaseSample.objects.update(taken_at="2020-01-01T00:00Z")  # what went before is another five minutes
        for _ in range(6):
            run("SET max_parallel_workers_per_gather = 0", "SELECT count(n) FROM planted")
        run("SELECT pg_stat_force_next_flush()")
        sample_take()
        told = crossed()
    finally:
        run("RESET max_parallel_workers_per_gather", "DROP TABLE planted")

    assert list(told) == ["database_cache"], [it.summary for it in conditions_minutely()]
    assert "pages asked for in five minutes were in memory" in told["database_cache"]


def test_bloat__of_thirty_percent_is_told_for_table_and_index_and_rebuilding_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "BLOAT_BYTES", 500_000)
    run(
        "CREATE TABLE planted (id bigint PRIMARY KEY, note text) WITH (autovacuum_enabled = off)",
        "INSERT INTO planted SELECT n, md5(n::text) FROM generate_series(1, 100000) AS n",
        "CREATE INDEX planted_note ON planted (note)",
        "ANALYZE planted",
    )
    try:
        assert [it for it in bloat() if it.table == "planted" and it.percent > 5] == []
        assert crossed(daily=True) == {}
        run("DELETE FROM planted WHERE id % 10 < 3", "VACUUM planted")

        wasted = {it.name: it for it in bloat() if it.table == "planted"}
        assert wasted["planted"].percent == pytest.approx(30, abs=3)
        assert wasted["planted_note"].percent == pytest.approx(30, abs=3)
        assert {it.how for it in wasted.values()} == {"measured"}
        told = crossed(daily=True)
        assert list(told) == ["database_index_bloat"]
        assert "planted_note: 30 %" in told["database_index_bloat"]
        for finding in [it for it in index_health().findings if it.kind == "bloated" and it.table == "planted"]:
            run(finding.do)
        assert crossed(daily=True) == {}
        assert [it for it in bloat() if it.table == "planted" and it.kind == "index" and it.percent > 5] == []
    finally:
        run("DROP TABLE planted")
