"""Samples of statements and of the server: exact differences, through resets; and what a role that may see less is told."""

from datetime import timedelta

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from monitoring.database.conditions import conditions_minutely, observe
from monitoring.database.overview import statements_slowest
from monitoring.database.sampling import sample_take, samples_fold, texts_forget
from monitoring.models import Alert, DatabaseSample, RepeatedStatement, Statement, StatementCounter, StatementSample

pytestmark = pytest.mark.django_db(transaction=True)
COUNTED = "SELECT $1 AS planted_statement, $2::int"
MARK = "SELECT 4711 AS planted_statement, %s::int"


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SAMPLE_SECONDS", 0)


def ask(times: int) -> None:
    for number in range(times):
        with connection.cursor() as cursor:
            cursor.execute(MARK, [number])


def sampled() -> list[int]:
    mine = (
        Statement.objects.filter(text__contains="planted_statement").exclude(text__contains="monitoring_statement").values_list("query_id", flat=True)
    )
    return list(StatementSample.objects.filter(query_id__in=list(mine)).order_by("taken_at").values_list("calls", flat=True))


def test_samples__are_what_happened_between_them() -> None:
    ask(1)
    sample_take()  # what happened before nobody knows when is no sample
    ask(5)
    sample_take()
    sample_take()
    ask(3)
    sample_take()

    assert sampled() == [5, 3]


def test_samples__count_from_nothing_when_the_counters_began_anew() -> None:
    ask(2)
    sample_take()
    ask(4)
    sample_take()
    # As if the server had forgotten its counters since: what it tells now has another beginning than what was kept.
    StatementCounter.objects.update(since=timezone.now() - timedelta(days=9), calls=1_000_000)
    ask(6)
    sample_take()

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(calls) FROM pg_stat_statements JOIN pg_database ON oid = dbid WHERE datname = current_database() AND query = %s", [COUNTED]
        )
        ((all_calls,),) = cursor.fetchall()
    assert sampled() == [4, all_calls]


def test_sampling__twice_in_a_moment_is_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SAMPLE_SECONDS", 60)

    sample_take()
    sample_take()

    assert DatabaseSample.objects.count() == 1


def test_samples__become_hours_and_keep_their_sums() -> None:
    old = (timezone.now() - timedelta(days=3)).replace(minute=0, second=0, microsecond=0)
    told = {"seconds": 60, "query_id": 1, "total_ms": 2.5, "rows": 3, "blocks_hit": 4, "blocks_read": 5}
    for minute in range(59):
        StatementSample.objects.create(taken_at=old + timedelta(minutes=minute), calls=2, **told)
    StatementSample.objects.create(taken_at=timezone.now() - timedelta(days=100), calls=2, **told)
    StatementSample.objects.create(taken_at=timezone.now(), calls=7, **told)

    assert samples_fold() == 60

    folded, fresh = StatementSample.objects.order_by("taken_at")
    assert (folded.taken_at, folded.seconds, folded.calls, folded.total_ms, folded.rows) == (old, 3600, 118, 147.5, 177)
    assert fresh.calls == 7
    assert samples_fold() == 0


def test_statements__are_seen_to_a_day_and_forgotten_with_their_last_sample() -> None:
    now, long_ago = timezone.now(), timezone.now() - timedelta(days=70)
    ask(1)
    sample_take()
    mine = Statement.objects.get(text=COUNTED)
    before = now - timedelta(hours=20)
    Statement.objects.filter(pk=mine.pk).update(seen_at=before)
    ask(1)
    sample_take()
    assert Statement.objects.get(pk=mine.pk).seen_at == before  # less than a day ago: not worth a write
    Statement.objects.filter(pk=mine.pk).update(seen_at=long_ago)
    ask(1)
    sample_take()
    assert Statement.objects.get(pk=mine.pk).seen_at > now

    for number in (1, 2):
        Statement.objects.create(query_id=number, text="an old one", seen_at=long_ago)
        StatementCounter.objects.create(
            query_id=number, user_oid=1, toplevel=True, since=long_ago, calls=1, total_ms=1, rows=1, blocks_hit=1, blocks_read=1
        )
        RepeatedStatement.objects.create(caller="GET x", fingerprint=str(number), text="SELECT", times_max=20, total_ms=1)
    RepeatedStatement.objects.filter(fingerprint="1").update(last_at=long_ago)
    StatementSample.objects.create(taken_at=now, seconds=3600, query_id=2, calls=1, total_ms=1, rows=1, blocks_hit=1, blocks_read=1)
    assert texts_forget() == 1
    assert set(Statement.objects.filter(query_id__in=[1, 2, mine.pk]).values_list("query_id", flat=True)) == {2, mine.pk}
    assert not StatementCounter.objects.filter(query_id__in=[1, 2]).exists()
    assert StatementCounter.objects.filter(query_id=mine.pk).exists()
    assert list(RepeatedStatement.objects.values_list("fingerprint", flat=True)) == ["2"]
    ask(7)
    sample_take()
    assert sampled()[-1] == 7


def test_slowest__tells_text_and_sums() -> None:
    ask(1)
    sample_take()
    ask(10)
    sample_take()

    (mine,) = [it for it in statements_slowest(timezone.now() - timedelta(hours=1), how_many=1000) if "planted_statement, $" in it.text]

    assert (mine.calls, mine.rows) == (10, 10)
    assert mine.total_ms > 0


def sample(**told: object) -> DatabaseSample:
    fields = {
        "taken_at": timezone.now(),
        "seconds": 60.0,
        "connections": 10,
        "active": 1,
        "idle_in_transaction": 0,
        "connections_max": 100,
        "oldest_idle_seconds": 0.0,
        "oldest_transaction_seconds": 0.0,
        "transactions": 100,
        "rollbacks": 0,
        "blocks_hit": 9_000,
        "blocks_read": 1_000,
        "size_bytes": 1,
        "wraparound_percent": 1.0,
    }
    return DatabaseSample.objects.create(**{**fields, **told})


@pytest.mark.parametrize(
    ("told", "name", "severity"),
    [
        ({"connections": 80}, "database_pool", None),
        ({"connections": 85}, "database_pool", "warning"),
        ({"connections": 96}, "database_pool", "critical"),
        ({"blocks_hit": 4_000, "blocks_read": 6_000}, "database_cache", None),
        ({"blocks_hit": 3_999, "blocks_read": 6_001}, "database_cache", "warning"),
        ({"blocks_hit": 0, "blocks_read": 9_999}, "database_cache", None),  # too few to tell
        ({"slow_statements": 10}, "database_slow_statements", None),
        ({"slow_statements": 11}, "database_slow_statements", "warning"),
        ({"oldest_idle_seconds": 599.0}, "database_idle_transaction", None),
        ({"oldest_idle_seconds": 600.0}, "database_idle_transaction", "warning"),
        ({"wraparound_percent": 49.9}, "database_wraparound", None),
        ({"wraparound_percent": 50.0}, "database_wraparound", "warning"),
        ({"wraparound_percent": 75.0}, "database_wraparound", "critical"),
        ({"wraparound_percent": 90.0}, "database_wraparound", "emergency"),
    ],
)
def test_conditions__at_their_edges(told: dict[str, object], name: str, severity: str | None) -> None:
    sample(**told)

    found = {it.name: it for it in conditions_minutely()}

    assert found[name].severity == severity
    assert [it.name for it in found.values() if it.severity and it.name != name] == []
    assert observe(found.values()) == (0 if severity is None else 1)
    assert list(Alert.objects.values_list("name", "severity", "category")) == ([] if severity is None else [(name, severity, "database")])


def test_idle_transaction__is_seen_by_a_sample() -> None:
    where = settings.DATABASES["default"]
    with psycopg.connect(host=where["HOST"], port=where["PORT"], user=where["USER"], password=where["PASSWORD"], dbname=where["NAME"]) as session:
        session.execute("SELECT 1")
        sample_take()

    last = DatabaseSample.objects.get()
    assert last.idle_in_transaction >= 1  # other tests have sessions on this server too
    assert 0 < last.oldest_idle_seconds < 60
