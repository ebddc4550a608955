"""Capacity: days taken from samples, projections held against what came, limits, and `manage.py plan_capacity`."""

import csv
import gzip
import io
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from itertools import accumulate
from typing import Any

import orjson
import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.capacity.history import day_take, days_take, histories, whole
from monitoring.capacity.partitions import Column, keys_of, partition_analysis, time_by_condition
from monitoring.capacity.projecting import DAYS_MIN, days_until, held_out, project
from monitoring.capacity.tasks import plan_capacity
from monitoring.capacity.words import days_text
from monitoring.database.overview import StatementLine
from monitoring.models import CapacityDay, DatabaseSample, RelationSample, RequestHour, Statement, StatementSample
from tests.addresses import ROOT
from tests.factories import make_group, make_staff, make_thing, staff_sign_in

DAY = date(2026, 11, 18)
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def sample(at: datetime, **fields: Any) -> None:
    shipped = {"connections": 5, "active": 1, "idle_in_transaction": 0, "connections_max": 97, "oldest_idle_seconds": 0, "wraparound_percent": 0}
    DatabaseSample.objects.create(taken_at=at, oldest_transaction_seconds=0, **{**shipped, "size_bytes": 1_000, **fields})


def grown(metric: str, values: list[float], last: date | None = None) -> None:
    """A history of METRIC that ends yesterday."""
    end = last or timezone.now().astimezone(UTC).date() - timedelta(days=1)
    CapacityDay.objects.bulk_create(
        CapacityDay(metric=metric, day=end - timedelta(days=len(values) - 1 - place), value=value) for place, value in enumerate(values)
    )


def recorded(name: str) -> list[float]:
    """How many events there were by the end of each day of a recorded history."""
    lines = gzip.decompress((ROOT / "ontology" / "demo" / name).read_bytes()).splitlines()
    moments = (record["timestamp"] for record in map(orjson.loads, lines) if record["kind"] == "event")
    days = Counter(int(moment) // 86_400 for moment in moments)
    return [float(total) for total in accumulate(days[day] for day in range(min(days), max(days) + 1))]


@pytest.mark.django_db
def test_day_take__reads_the_samples_of_that_day_alone() -> None:
    sample(NOON, size_bytes=1_000, connections=9, blocks_hit=75, blocks_read=25)
    sample(NOON + timedelta(hours=1), size_bytes=2_000, connections=4, blocks_hit=15, blocks_read=5)
    sample(NOON + timedelta(days=1), size_bytes=9_000, connections=90)
    for at, calls, ms in ((NOON, 600, 30_000.0), (NOON + timedelta(hours=1), 60, 600.0), (NOON - timedelta(days=1), 60_000, 1.0)):
        StatementSample.objects.create(taken_at=at, seconds=60, query_id=1, calls=calls, total_ms=ms, rows=1, blocks_hit=1, blocks_read=1)
    RequestHour.objects.create(hour=NOON, caller="GET a", answered=7_000, failed=200, buckets=[])
    for day, kind, name, size, count in (
        (DAY, "table", "ontology_thing", 10, 1),
        (DAY + timedelta(days=1), "table", "ontology_thing", 300, 7),
        (DAY + timedelta(days=1), "index", "a_key", 100, None),
        (DAY + timedelta(days=2), "table", "ontology_thing", 900, 9),
    ):
        RelationSample.objects.create(day=day, kind=kind, name=name, table="ontology_thing", size_bytes=size, rows=count, scans=0, rows_read=0)

    day_take(DAY)
    day_take(DAY)

    assert dict(CapacityDay.objects.filter(day=DAY).values_list("metric", "value")) == {
        "database_bytes": 2_000,
        "table_bytes": 300,
        "index_bytes": 100,
        "thing_rows": 7,
        "statements_peak": 10,
        "busy_peak": 0.5,
        "sessions_peak": 9,
        "cache_hit": 75,
        "requests_peak": 2,
    }


@pytest.mark.django_db
def test_days_take__catches_up_a_week_and_takes_no_day_twice() -> None:
    today = timezone.now().astimezone(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    for back in (1, 3, 9):
        sample(today - timedelta(days=back))

    assert (days_take(), days_take()) == (4, 0)
    assert len(histories()["sessions_peak"][1]) == 3  # type: ignore[index]


def test_whole__fills_gaps_on_the_line_between() -> None:
    assert whole([(DAY, 1.0), (DAY + timedelta(days=3), 7.0), (DAY + timedelta(days=4), 8.0)]) == [1, 3, 5, 7, 8]


@pytest.mark.parametrize(("name", "mean_error", "end_error"), [("project.ndjson.gz", 20, 35), ("shop.ndjson.gz", 10, 15)])
def test_held_out__on_recorded_histories(name: str, mean_error: float, end_error: float) -> None:
    days = recorded(name)

    told = held_out(days)

    assert told is not None
    assert (told.days, len(days) > 300) == (len(days) - len(days) // 2, True)
    assert (told.mean_error_percent < mean_error, abs(told.end_error_percent) < end_error, told.covered >= 0.9) == (True, True, True), told


def test_held_out__a_projection_that_is_wrong_shows_its_error() -> None:
    told = held_out([*map(float, range(1, 101)), *[100.0] * 100])

    assert told is not None
    assert told.end_error_percent > 50


def test_project__goes_on_as_it_went_within_its_bounds() -> None:
    told = project([float(10 * day) for day in range(1, 61)], 30)
    assert [round(told.values[place]) for place in (0, 29)] == [610, 900]
    assert all(low <= value <= high for low, value, high in zip(told.lows, told.values, told.highs, strict=True))
    assert set(project([5.0] * 40, 3).values) == {5.0}
    assert min(project([float(60 - day) for day in range(60)], 60).values) == 0.0
    assert max(project([50.0 + day for day in range(49)], 60, most=100.0).highs) <= 100.0
    with pytest.raises(ValueError, match=f"needs {DAYS_MIN} days"):
        project([1.0, 2.0], 3)


def test_days_until__of_a_limit() -> None:
    days = [float(10 * day) for day in range(1, 61)]
    assert (days_until(days, 600), days_until(days, 650), days_until(days, 1e9)) == (0, 5, None)
    assert (days_until([5.0] * 40, 6), days_until([5.0, 5.5], 6)) == (None, None)
    assert [days_text(given) for given in (None, 0, 12, 900)] == ["not within ten years, as it looks", "it is met", "in 12 days", "in about 2 years"]


@pytest.mark.django_db
def test_plan_capacity__as_text_json_and_csv(settings: Any) -> None:
    settings.CAPACITY_DISK_GB = 1
    grown("database_bytes", [1e6 * day for day in range(1, 901)])
    grown("busy_peak", [1.2] * 30)
    grown("sessions_peak", [8.0, 9.0])
    printed = {}
    for words in ("json", "csv", "text"):
        out = StringIO()
        call_command("plan_capacity", "--format", words, stdout=out)
        printed[words] = out.getvalue()

    told = orjson.loads(printed["json"])
    lines = {line["metric"]: line for line in told["lines"]}
    size = lines["database_bytes"]
    assert abs(size["days_until_limit"] - 100) <= 3
    assert (round(size["half_year"] / 1e6, -1), size["at_ten_times"]) == (1_080, 9e9)
    assert (size["held_out_mean_error_percent"], size["held_out_covered"]) == (0.0, 1.0)
    assert (told["first_limit"]["metric"], told["pool"]["sessions_wanted"], told["pool"]["sessions_wanted_at_ten_times"]) == ("database_bytes", 3, 24)
    assert (lines["sessions_peak"]["year"], "held_out_mean_error_percent" in lines["sessions_peak"]) == (None, False)
    rows = {row["metric"]: row for row in csv.DictReader(io.StringIO(printed["csv"]))}
    assert (rows["sessions_peak"]["now"], rows["sessions_peak"]["year"], rows["database_bytes"]["limit_is"]) == ("9.0", "", "CAPACITY_DISK_GB")
    assert "limit 1.0 GB (CAPACITY_DISK_GB): in " in printed["text"]


@pytest.mark.django_db
def test_page__before_the_first_night_and_after(client: Client) -> None:
    staff_sign_in(client, make_staff(is_superuser=True))
    page, for_programs, table = (reverse(f"admin:monitoring_capacity{name}") for name in ("", "_json", "_csv"))
    empty = [client.get(address).content.decode() for address in (page, for_programs, table)]
    grown("event_rows", [float(day * day) for day in range(60)])
    plan_capacity()

    shown = client.get(page).content.decode()
    told = orjson.loads(client.get(for_programs).content)
    lines = client.get(table).content.decode().splitlines()

    assert ("Nothing is planned yet" in empty[0], empty[1], len(empty[2].splitlines())) == (True, "{}", 1)
    assert ("Events not archived" in shown, "What grows" in shown) == (True, True)
    assert (told["lines"][0]["metric"], len(lines)) == ("event_rows", 2)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["monitoring_capacity", "monitoring_capacity_json", "monitoring_capacity_csv"])
def test_page__needs_its_right(client: Client, name: str) -> None:
    staff_sign_in(client, make_staff(is_superuser=False))
    assert client.get(reverse(f"admin:{name}")).status_code == 403


@pytest.mark.django_db
def test_database__refuses_a_second_value_and_a_negative_one() -> None:
    grown("busy_peak", [1.0], DAY)
    for value in (2.0, -1.0):
        with pytest.raises(IntegrityError), transaction.atomic():
            grown("busy_peak" if value > 0 else "cache_hit", [value], DAY)


@pytest.mark.django_db
def test_partition_analysis__names_the_key_its_obstacles_and_steps() -> None:
    for number in range(100):
        make_thing(make_group(slug=f"group-{number}"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ontology_thing")
    sample(timezone.now())
    Statement.objects.create(query_id=1, text="SELECT id FROM ontology_thing WHERE group_id = $1 AND name = $2")
    Statement.objects.create(query_id=2, text="SELECT id FROM ontology_thing WHERE name = $1")
    for query, ms in ((1, 800.0), (2, 200.0)):
        StatementSample.objects.create(taken_at=timezone.now(), seconds=60, query_id=query, calls=1, total_ms=ms, rows=1, blocks_hit=1, blocks_read=1)

    (found,) = [it for it in partition_analysis(min_rows=50) if it.table == "ontology_thing"]

    by = {key.column: key for key in found.keys}
    assert (found.keys[0].column, by["name"].share, by["group_id"].share) == ("name", 1.0, 0.8)
    assert [name for name in by["group_id"].obstacles if "pkey" in name] == ["ontology_thing_pkey"]
    assert (len(found.steps) >= 7, "lock_timeout" in " ".join(found.steps), "100%" in found.gain) == (True, True, True)
    assert partition_analysis() == []


def test_keys_of__only_what_statements_ask_for() -> None:
    columns = [
        Column("group_id", "uuid", []),
        Column("few", "text", []),
        Column("at", "timestamp with time zone", ["a_key"]),
        Column("rare", "text", []),
    ]
    values = {"group_id": 500, "few": 3, "rare": 10_000}
    shares = {("group_id", "equal"): 0.9, ("few", "equal"): 0.9, ("at", "range"): 0.6, ("rare", "equal"): 0.1}

    assert [(key.column, key.how, key.obstacles) for key in keys_of(columns, shares, values.__getitem__)] == [
        ("group_id", "hash", []),
        ("at", "range", ["a_key"]),
    ]


def test_time_by_condition__is_a_share_of_each_tables_time() -> None:
    def line(text: str, ms: float) -> StatementLine:
        return StatementLine("1", text, 1, ms, ms, 1, None)

    told = time_by_condition([line("SELECT 1 FROM t WHERE a = $1 AND b > $2", 30), line("SELECT 1 FROM t WHERE a = $1", 10), line("nonsense", 5)])

    assert told == {"t": {("a", "equal"): 1.0, ("b", "range"): 0.75}}
