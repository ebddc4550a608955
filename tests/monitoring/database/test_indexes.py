"""The health of indexes: each trouble planted is found with the statement that mends it, which then makes it go; the undo brings it back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from monitoring.database import indexes
from monitoring.database.conditions import conditions_daily
from monitoring.database.indexes import IndexFinding, index_health, indexes_now
from monitoring.models import RelationSample

pytestmark = pytest.mark.django_db(transaction=True)


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for text in statements:
            cursor.execute(text)


@pytest.fixture
def table() -> Iterator[None]:
    run(
        "CREATE TABLE planted (id bigint PRIMARY KEY, kind text, made date, note text)",
        "INSERT INTO planted SELECT n, 'k' || n % 50, date '2026-01-01' + n % 300, repeat('x', 40) FROM generate_series(1, 60000) AS n",
    )
    try:
        yield
    finally:
        run("DROP TABLE planted")


def records_written() -> int:
    """Records of the log for a hundred rows, undone again: one a row, and one a row for each index, whatever the machine does meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN (ANALYZE, WAL, FORMAT JSON) INSERT INTO planted SELECT -n, 'k', date '2026-01-01', 'x' FROM generate_series(1, 100) AS n"
        )
        ((told,),) = cursor.fetchall()
        transaction.set_rollback(True)
    return int(told[0]["Plan"]["WAL Records"])


def findings(kind: str) -> list[IndexFinding]:
    return [it for it in index_health().findings if it.kind == kind and it.table == "planted"]


def test_index_health__nothing_on_the_clean_database() -> None:
    health = index_health()

    assert [(it.kind, it.name) for it in health.findings] == []
    assert health.indexes > 100


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("plant", "kind", "names", "words"),
    [
        (["CREATE INDEX a ON planted (kind)", "CREATE INDEX b ON planted (kind)"], "duplicate", ["a"], "b is the same"),
        (["CREATE INDEX a ON planted (kind)", "CREATE INDEX c ON planted (kind, made, note)"], "overlapping", [], ""),  # too small to matter
        (["CREATE INDEX a ON planted (note)", "CREATE INDEX c ON planted (note, made)"], "overlapping", [], ""),
        (
            ["CREATE INDEX a ON planted (made, id)", "CREATE INDEX c ON planted (made, id, kind)"],
            "overlapping",
            ["a"],
            "begins with the same columns",
        ),
        (["CREATE INDEX a ON planted (kind)", "CREATE INDEX b ON planted (kind) WHERE made IS NULL"], "duplicate", [], ""),
        (["CREATE INDEX a ON planted (kind)", "CREATE INDEX b ON planted (kind DESC)"], "duplicate", [], ""),
        (["CREATE INDEX a ON planted (kind)", "CREATE INDEX b ON planted USING hash (kind)"], "duplicate", [], ""),
        (["CREATE INDEX a ON planted (id)"], "duplicate", ["a"], "planted_pkey is the same"),
    ],
)
def test_redundant_index__is_found_and_goes_by_its_own_statement(plant: list[str], kind: str, names: list[str], words: str) -> None:
    run(*plant)

    found = findings(kind)

    assert [it.name for it in found] == names
    before = records_written()
    for it in found:
        assert words in it.reason
        run(it.do)
    assert findings(kind) == []
    assert not found or records_written() <= before - 90  # one index less to write to
    for it in found:
        run(it.undo)
    assert [it.name for it in findings(kind)] == names


@pytest.mark.usefixtures("table")
def test_invalid_index__is_found_and_mended() -> None:
    run("INSERT INTO planted VALUES (60001, 'k1', NULL, NULL)")
    with pytest.raises(Exception, match="could not create unique index"):
        run("CREATE UNIQUE INDEX CONCURRENTLY broken ON planted (kind)")

    (found,) = findings("invalid")

    assert (found.name, found.undo) == ("broken", 'DROP INDEX CONCURRENTLY "broken";')
    (crossed,) = [it for it in conditions_daily() if it.name == "database_index_invalid"]
    assert "broken on planted" in crossed.summary
    assert crossed.severity == "warning"
    run("DELETE FROM planted WHERE id > 50")  # what stood in its way
    run(found.do)
    assert findings("invalid") == []
    run(found.undo)
    assert findings("invalid") == []
    assert [it.name for it in indexes_now() if it.table == "planted"] == ["planted_pkey"]


@pytest.mark.usefixtures("table")
def test_unused_index__is_told_after_thirty_days_of_samples_and_never_one_that_a_rule_needs() -> None:
    run("CREATE INDEX idle ON planted (note)", "CREATE INDEX busy ON planted (kind)", "ALTER TABLE planted ADD CONSTRAINT rule UNIQUE (id, made)")
    today, since = timezone.now().date(), timezone.now()

    def sampled(days: int) -> None:
        RelationSample.objects.all().delete()
        for day in range(days, -1, -1):
            for name, scans in (("idle", 7), ("busy", 100 - day), ("planted_pkey", 0), ("rule", 0)):
                told = {"kind": "index", "name": name, "table": "planted", "size_bytes": 1, "scans": scans, "rows_read": 0, "stats_since": since}
                RelationSample.objects.create(day=today - timedelta(days=day), **told)

    sampled(29)
    assert findings("unused") == []
    assert index_health().days_watched == 29

    sampled(30)
    (found,) = findings("unused")
    assert (found.name, found.do) == ("idle", 'DROP INDEX CONCURRENTLY "idle";')
    assert found.undo == "CREATE INDEX CONCURRENTLY idle ON public.planted USING btree (note);"
    before = records_written()
    run(found.do)
    assert findings("unused") == []
    assert records_written() <= before - 90
    run(found.undo)
    assert findings("unused") == [found]


@pytest.mark.usefixtures("table")
def test_bloated_index__is_found_and_rebuilding_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "BLOAT_BYTES", 1_000_000)
    run("CREATE INDEX big ON planted (note, id)", "DELETE FROM planted WHERE id % 10 <> 0", "VACUUM planted")

    (found,) = [it for it in findings("bloated") if it.name == "big"]

    assert "measured" in found.reason
    run(found.do)
    assert [it.name for it in findings("bloated") if it.name == "big"] == []


def test_sequence__near_its_end() -> None:
    run("CREATE TABLE counted (id serial PRIMARY KEY)", "SELECT setval('counted_id_seq', 2000000000)")
    try:
        (crossed,) = [it for it in conditions_daily() if it.name == "database_sequence"]
        assert (crossed.severity, crossed.value) == ("warning", 93.1)
        assert "counted_id_seq is at 2,000,000,000 of 2,147,483,647" in crossed.summary
    finally:
        run("DROP TABLE counted")
    (clean,) = [it for it in conditions_daily() if it.name == "database_sequence"]
    assert clean.severity is None
