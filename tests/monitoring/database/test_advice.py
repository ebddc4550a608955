"""Advice from what was asked: a missing index and a partial one, planted, found, applied, faster, and undone again."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median

import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

from monitoring.database.advice import look_at_indexes, optimisation_report
from monitoring.database.missing import missing_indexes
from monitoring.database.overview import statements_slowest
from monitoring.database.partial import partial_indexes
from monitoring.database.planner import plan_of
from monitoring.database.reading_sql import Asked, conditions, parsed
from monitoring.database.reports import INDEXES, report_latest
from monitoring.database.sampling import sample_take
from monitoring.models import StatementSample

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for text in statements:
            cursor.execute(text)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SAMPLE_SECONDS", 0)


@pytest.fixture
def table() -> Iterator[None]:
    run(
        "CREATE TABLE planted (id bigint PRIMARY KEY, owner int, state text, done_at timestamptz, urgent boolean NOT NULL, note text)",
        "INSERT INTO planted SELECT n, n % 50000, 's' || n % 3, CASE WHEN n % 20 <> 0 THEN now() END, n % 50 = 0, repeat('x', 100)"
        " FROM generate_series(1, 200000) AS n",
        "ANALYZE planted",
    )
    try:
        yield
    finally:
        run("DROP TABLE planted")


def asked(sql: str, *parameters: object, times: int = 5) -> float:
    """The median seconds of the statement, asked TIMES times between two samples."""
    sample_take()
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            cursor.fetchall()
        seconds.append(time.perf_counter() - began)
    sample_take()
    return median(seconds)


def pages_read(text: str) -> int:
    """How many pages the statement touches: what a faster one spares, whatever the machine does meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {}").format(sql.SQL(text)))
        ((told,),) = cursor.fetchall()
    return int(told[0]["Plan"]["Shared Hit Blocks"] + told[0]["Plan"]["Shared Read Blocks"])


def slowest() -> list[object]:
    first = StatementSample.objects.earliest("taken_at").taken_at
    return statements_slowest(first.replace(year=2000), how_many=1000)  # type: ignore[return-value]


@pytest.mark.usefixtures("table")
def test_missing_index__is_found_makes_it_faster_and_goes() -> None:
    question = "SELECT note FROM planted WHERE owner = %s AND state = %s AND done_at > %s"
    before = asked(question, 7, "s1", LONG_AGO)

    (found,) = [it for it in missing_indexes(slowest()) if it.table == "planted"]  # type: ignore[arg-type]

    assert found.columns == ("owner", "state", "done_at")
    assert found.calls == 5
    assert found.cost_after < found.cost_before / 2
    assert "estimated" in found.proof
    run(found.do, "ANALYZE planted")
    after = asked(question, 7, "s1", LONG_AGO)
    assert after < before
    assert [it for it in missing_indexes(slowest()) if it.table == "planted"] == []  # type: ignore[arg-type]
    run(found.undo)
    assert [it.do for it in missing_indexes(slowest()) if it.table == "planted"] == [found.do]  # type: ignore[arg-type]


HYPOPG = (
    "CREATE FUNCTION hypopg_create_index(asked text) RETURNS TABLE (indexrelid oid, indexname text) LANGUAGE plpgsql AS $$ BEGIN"
    " EXECUTE asked; RETURN QUERY SELECT c.oid, c.relname::text FROM pg_class AS c WHERE c.relname = 'planted_owner_state_done_at_idx'; END $$",
    "CREATE FUNCTION hypopg_reset() RETURNS void LANGUAGE sql AS 'DROP INDEX IF EXISTS planted_owner_state_done_at_idx'",
)
"""What HypoPG does, by really making the index and dropping it: the extension itself comes with no server of ours (docs/database.md)."""


@pytest.mark.usefixtures("table")
def test_missing_index__is_proven_by_a_hypothetical_one_where_that_can_be_had() -> None:
    question = "SELECT note FROM planted WHERE owner = %s AND state = %s AND done_at > %s"
    asked(question, 7, "s1", LONG_AGO)
    run(*HYPOPG)
    try:
        (found,) = [it for it in missing_indexes(slowest()) if it.table == "planted"]  # type: ignore[arg-type]
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'planted'")
            assert cursor.fetchone() == (1,)  # nothing of it stays
    finally:
        run("DROP FUNCTION hypopg_create_index(text)", "DROP FUNCTION hypopg_reset()")

    assert (found.columns, found.proof) == (("owner", "state", "done_at"), "the planner's cost with a hypothetical index (HypoPG)")
    run(found.do)
    plan = plan_of(sql.SQL("SELECT note FROM planted WHERE owner = $1 AND state = $2 AND done_at > $3"), generic=True)
    assert plan["Total Cost"] == pytest.approx(found.cost_after, rel=0.05)


@pytest.mark.usefixtures("table")
def test_missing_index__is_not_told_where_most_rows_are_wanted_or_one_is_there() -> None:
    asked("SELECT count(note) FROM planted WHERE state <> %s", "s1")
    asked("SELECT note FROM planted WHERE id = %s", 5)
    asked("SELECT count(note) FROM planted WHERE urgent IS NOT NULL AND id > %s", 0)

    assert [it.columns for it in missing_indexes(slowest()) if it.table == "planted"] == []  # type: ignore[arg-type]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("condition", "told", "share"),
    [("done_at IS NULL", '"done_at" IS NULL', 5.0), ("urgent", '"urgent"', 2.0), ("state = 's1'", None, None), ("done_at IS NOT NULL", None, None)],
)
def test_partial_index__is_advised_where_all_ask_for_few_rows(condition: str, told: str | None, share: float | None) -> None:
    run("CREATE INDEX whole ON planted (owner)")
    asked(f"SELECT id FROM planted WHERE owner = %s AND {condition}", 7)

    found = [it for it in partial_indexes(slowest()) if it.index == "whole"]  # type: ignore[arg-type]

    if told is None:
        assert found == []
        return
    (it,) = found
    assert (it.condition, round(it.share_percent)) == (told, share)
    run("VACUUM ANALYZE planted")
    pages = pages_read(f"SELECT id FROM planted WHERE owner = 7 AND {condition}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('whole')")
        size = cursor.fetchone()[0]
        for text in it.do.split("; "):
            cursor.execute(text.rstrip(";"))
        cursor.execute("SELECT pg_relation_size('whole_part')")
        assert size - cursor.fetchone()[0] == pytest.approx(it.bytes_saved, rel=0.1)
        cursor.execute("SELECT to_regclass('whole')")
        assert cursor.fetchone() == (None,)
        assert pages_read(f"SELECT id FROM planted WHERE owner = 7 AND {condition}") < pages
        assert [one for one in partial_indexes(slowest()) if one.table == "planted"] == []  # type: ignore[arg-type]
        for text in it.undo.split("; "):
            cursor.execute(text.rstrip(";"))
        cursor.execute("SELECT to_regclass('whole')::text, to_regclass('whole_part')")
        assert cursor.fetchone() == ("whole", None)
    assert [one.do for one in partial_indexes(slowest()) if one.table == "planted"] == [it.do]  # type: ignore[arg-type]


@pytest.mark.usefixtures("table")
def test_partial_index__is_not_advised_where_one_statement_wants_all() -> None:
    run("CREATE INDEX whole ON planted (owner)")
    asked("SELECT id FROM planted WHERE owner = %s AND done_at IS NULL", 7)
    asked("SELECT id FROM planted WHERE owner = %s", 7)

    assert [it for it in partial_indexes(slowest()) if it.index == "whole"] == []  # type: ignore[arg-type]


def test_clean_database__has_nothing_to_advise() -> None:
    look_at_indexes()

    kept = report_latest(INDEXES)
    assert kept is not None
    assert (kept.content["findings"], kept.content["partial"]) == ([], [])
    report = optimisation_report()
    assert (report.missing, report.partial, report.repeated) == ([], [], [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SELECT * FROM t WHERE a = $1 AND b > $2", [("t", "a", "equal"), ("t", "b", "range")]),
        ("SELECT * FROM t AS x JOIN u ON x.id = u.t WHERE x.a = $1 AND u.b IN ($2, $3)", [("t", "a", "equal"), ("u", "b", "equal")]),
        ("UPDATE t SET a = $1 WHERE NOT done AND gone IS NULL", [("t", "done", "false"), ("t", "gone", "null")]),
        ("DELETE FROM t WHERE a IS NOT NULL OR b = $1", []),
        ("SELECT * FROM t WHERE a IS NOT NULL", [("t", "a", "not_null")]),
        ("SELECT * FROM t WHERE a = b", []),
        ("SELECT * FROM t WHERE a BETWEEN $1 AND $2 AND id = (SELECT max(id) FROM u WHERE c = $3)", [("t", "a", "range"), ("u", "c", "equal")]),
    ],
)
def test_conditions__of_statements(text: str, found: list[tuple[str, str, str]]) -> None:
    tree = parsed(text)
    assert tree is not None

    assert [it for it in conditions(tree) if it.kind] == [Asked(*it) for it in found]


@pytest.mark.parametrize("text", ["DROP TABLE t", "SELECT 1; SELECT 2", "this is no SQL at (all", "INSERT INTO t VALUES (1)", "VACUUM"])
def test_parsed__takes_one_statement_that_reads_or_changes_rows(text: str) -> None:
    assert parsed(text) is None
