"""Roles that really sign in: jobs with pg_monitor see all; with less everything still works, and says plainly what it cannot see or do."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from monitoring.database import overview
from monitoring.database.indexes import index_health
from monitoring.database.overview import bloat
from monitoring.database.partial import partial_indexes
from monitoring.database.tasks import database_daily, database_monthly, database_weekly, sample_database
from monitoring.database.visibility import visibility
from monitoring.models import DatabaseReport, DatabaseSample, Maintenance
from ontology.isolation import PLATFORM_SCOPE, acting
from tests.factories import make_staff, staff_sign_in
from tests.monitoring.database.test_advice import asked, slowest
from tests.roles import signed_in_as

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ("/admin/monitoring/databasesample/now/", "/admin/monitoring/databasesample/indexes/", "/admin/monitoring/maintenance/", "/metrics")
ADDRESS = "/api/admin/performance-metrics"


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SAMPLE_SECONDS", 0)


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for text in statements:
            cursor.execute(text)


def test_role_of_jobs__is_only_pg_monitor_and_sees_all() -> None:
    with signed_in_as("worker"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user), pg_has_role('pg_monitor', 'USAGE')")
            assert cursor.fetchone() == (settings.DATABASE_ROLES["worker"], False, True)
        told = visibility()

    assert (told.is_whole, told.remedy, list(told.unseen)) == (True, "", [])


@pytest.mark.parametrize("role", ["worker", "app"])
def test_every_task_and_page__works_for_the_role(client: Client, role: str) -> None:
    staff = make_staff()
    staff_sign_in(client, staff)
    with signed_in_as(role):
        for task in (sample_database, sample_database, database_daily, database_weekly, database_monthly):
            task()
    with signed_in_as("app"):
        assert [client.get(address).status_code for address in PAGES] == [200] * len(PAGES)
        page, told = client.get(PAGES[0]).content.decode(), client.get(ADDRESS).json()["visibility"]

    assert DatabaseSample.objects.count() == 2
    assert {"performance", "bloat", "indexes", "index_health", "optimisation"} == set(DatabaseReport.objects.values_list("kind", flat=True))
    assert ("Not everything can be seen" in page) is (role == "app")
    assert (told["unseen"] == []) is (role == "worker")
    outcomes = set(Maintenance.objects.values_list("outcome", flat=True))
    assert outcomes == ({"done"} if role == "worker" else {"skipped"})
    if role == "app":
        assert Maintenance.objects.filter(detail__startswith="permission denied to analyze").exists()


def test_role_with_less__is_told_each_thing_that_it_cannot_see() -> None:
    with signed_in_as("worker"):
        connection.ensure_connection()
        other = connection.connection
        connection.connection = None  # a session of another role, of which the next sees no more than that it is there
        try:
            with signed_in_as("app"):
                told = visibility()
        finally:
            other.close()

    assert told.statements
    assert told.remedy == f"As a superuser: GRANT pg_monitor TO {settings.DATABASE_ROLES['app']};"
    assert told.hidden_statements > 0
    assert told.hidden_sessions > 0
    words = " ".join(told.unseen)
    for about in ("statements of other roles", "sessions of other roles", "Replicas", "tables may not be read", "GRANT MAINTAIN ON ALL TABLES"):
        assert about in words, about


@pytest.fixture
def closed() -> Iterator[None]:
    """A table as those of groups are: behind row-level security, which hides its statistics from our roles."""
    run(
        "CREATE TABLE planted (id bigint PRIMARY KEY, group_id uuid NOT NULL, owner int, done_at timestamptz, note text)",
        "INSERT INTO planted SELECT n, gen_random_uuid(), n, CASE WHEN n % 20 <> 0 THEN now() END, repeat('x', 10 + n % 90)"
        " FROM generate_series(1, 80000) AS n",
        "CREATE INDEX whole ON planted (owner)",
        "SELECT ontology_isolate('planted')",
        f"GRANT SELECT, MAINTAIN ON planted TO {settings.DATABASE_ROLES['worker']}",
        "VACUUM ANALYZE planted",
    )
    try:
        yield
    finally:
        run("DROP TABLE planted")


@pytest.mark.usefixtures("closed")
def test_statistics__that_row_level_security_hides_are_asked_of_the_planner(monkeypatch: pytest.MonkeyPatch) -> None:
    with signed_in_as("worker"), acting(PLATFORM_SCOPE):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stats WHERE tablename = 'planted'")
            assert cursor.fetchone() == (0,)
        measured = {it.name: it for it in bloat() if it.table == "planted"}
        estimated = {it.name: it for it in bloat(max_bytes=0) if it.table == "planted"}
        asked("SELECT id FROM planted WHERE owner = %s AND done_at IS NULL", 7)
        (found,) = [it for it in partial_indexes(slowest()) if it.index == "whole"]  # type: ignore[arg-type]
    assert {it.how for it in measured.values()} == {"measured"}
    assert {it.how for it in estimated.values()} == {"estimated"}
    assert set(estimated) == {"planted", "planted_pkey"} | ({"whole"} & set(estimated))
    for name, it in estimated.items():
        assert it.percent == pytest.approx(measured[name].percent, abs=12), name
    assert (found.condition, round(found.share_percent)) == ('"done_at" IS NULL', 5)

    monkeypatch.setattr(overview, "row_width", lambda table, columns: None)
    with signed_in_as("worker"), acting(PLATFORM_SCOPE):
        assert [it for it in bloat(max_bytes=0) if it.table == "planted"] == []  # unknown is not told as a number
        assert index_health().indexes > 100
