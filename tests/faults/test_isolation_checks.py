"""Row 6 of the bar: a role, policy or function that would not keep tenants apart is named at the start, and nothing starts."""

import subprocess
import sys

import psycopg
import pytest
from django.db import connection

from config import env
from ontology.checks import HINTS, check_isolation, isolation_faults
from ontology.sql import statement
from tests.addresses import ROOT, address, surroundings
from tests.roles import as_role

MISCONFIGURED = {
    "superuser": ("E001", ["RESET ROLE"]),
    "bypass": ("E002", ["CREATE ROLE stray BYPASSRLS", "SET LOCAL ROLE stray"]),
    "owner": ("E003", ["RESET ROLE", "SET LOCAL ROLE sextant"]),
    "member of the owner": ("E003", ["CREATE ROLE stray IN ROLE sextant", "SET LOCAL ROLE stray"]),
    "member of one who bypasses": ("E003", ["CREATE ROLE stray BYPASSRLS", "GRANT stray TO sextant_app"]),
    "maker of roles": ("E004", ["CREATE ROLE stray CREATEROLE", "SET LOCAL ROLE stray"]),
    "no row-level security": ("E005", ["ALTER TABLE ontology_thing DISABLE ROW LEVEL SECURITY"]),
    "new table without it": ("E005", ["CREATE TABLE later (group_id uuid)"]),
    "not forced": ("E006", ["ALTER TABLE ontology_event NO FORCE ROW LEVEL SECURITY"]),
    "policy dropped": ("E007", ["DROP POLICY rows_of_acting_groups ON ontology_connection"]),
    "policy lets all through": ("E007", ["ALTER POLICY rows_of_acting_groups ON ontology_thing USING (true)"]),
    "policy checks nothing": ("E007", ["ALTER POLICY rows_of_acting_groups ON ontology_thing WITH CHECK (true)"]),
    "policy of the owner for all": ("E007", ["ALTER POLICY owner_passes ON ontology_thing TO PUBLIC"]),
    "policy too many": ("E007", ["CREATE POLICY extra ON ontology_knowledge FOR SELECT USING (true)"]),
    "rights on a partition": ("E008", ["GRANT SELECT ON {partition} TO sextant_app"]),
    "may empty tables": ("E009", ["GRANT TRUNCATE ON ontology_thing TO sextant_app"]),
    "may delete events": ("E009", ["GRANT DELETE ON ontology_event TO sextant_app"]),
    "reads the keys": ("E010", ["GRANT SELECT ON ontology_context_key TO sextant_app"]),
    "all read the keys": ("E010", ["GRANT SELECT ON ontology_context_key TO PUBLIC"]),
    "function runs as its caller": ("E011", ["ALTER FUNCTION ontology_claims(text) SECURITY INVOKER"]),
    "function without a path": ("E011", ["ALTER FUNCTION ontology_group_reach(text, text) RESET search_path"]),
    "makes functions": ("E012", ["GRANT CREATE ON SCHEMA public TO sextant_app"]),
}
FORGETFUL = """CREATE OR REPLACE FUNCTION ontology_claims(told text) RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp RETURN string_to_array(told, '|')"""


@pytest.mark.django_db
def test_isolation_faults__none_when_it_stands() -> None:
    for role in ("app", "worker"):
        with as_role(role):
            assert isolation_faults(connection) == []
            assert check_isolation(databases=["default"]) == []


@pytest.mark.django_db
@pytest.mark.parametrize("way", MISCONFIGURED)
def test_isolation_faults__each_is_found(way: str) -> None:
    code, statements = MISCONFIGURED[way]
    with psycopg.connect(env.text("DATABASE_ADMIN_URL").rpartition("/")[0] + f"/{connection.settings_dict['NAME']}") as session:
        partition = session.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'ontology_event'::regclass LIMIT 1"
        ).fetchone()
        assert partition is not None
        session.execute("SET LOCAL ROLE sextant_app")
        for text in statements:
            if not text.startswith(("SET", "RESET")):
                session.execute("RESET ROLE")
            session.execute(text.format(partition=partition[0]))
            if not text.startswith(("SET", "RESET")):
                session.execute("SET LOCAL ROLE sextant_app")
        found = session.execute(statement("isolation_faults")).fetchall()
        session.rollback()

    assert code in {row[0] for row in found}
    assert all(str(row[1]).endswith(".") for row in found)
    assert {str(row[0]) for row in found} <= HINTS.keys()


@pytest.mark.django_db
def test_isolation_faults__seal_that_is_not_checked() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FORGETFUL)
    with as_role():
        assert [fault.id for fault in isolation_faults(connection)] == ["sextant.E011"]


@pytest.mark.django_db
def test_isolation_faults__other_secret(settings: pytest.FixtureRequest) -> None:
    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]
    with as_role():
        assert [fault.id for fault in isolation_faults(connection)] == ["sextant.E013"]


def started(module: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", f"import {module}; print('serving')"]
    return subprocess.run(command, cwd=ROOT, env={**surroundings(), **environment}, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("module", ["config.wsgi", "config.asgi"])
def test_web__starts_when_isolation_stands(module: str) -> None:
    assert started(module).stdout == "serving\n"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("module", ["config.wsgi", "config.asgi"])
def test_web__does_not_start_as_the_owner(module: str) -> None:
    done = started(module, DATABASE_URL=address("owner"))

    assert (done.returncode != 0, done.stdout) == (True, "")
    assert "sextant.E003: The role sextant is the owner of the tables" in done.stderr


@pytest.mark.django_db(transaction=True)
def test_workers__do_not_start_as_the_owner() -> None:
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-P", "solo"]
    given = {**surroundings(), "DATABASE_WORKER_URL": address("owner")}
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode != 0
    assert "sextant.E003" in done.stderr
