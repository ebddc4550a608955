"""How the database stands now, in one answer: for the API, the admin's page and Prometheus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import DatabaseError, transaction
from django.db.models import Sum
from django.utils import timezone

from monitoring.choices import RelationKind
from monitoring.database.planner import row_width
from monitoring.database.visibility import Visibility, visibility
from monitoring.models import DatabaseSample, RelationSample, SlowStatement, StatementSample
from monitoring.sql import rows

SLOWEST, LARGEST = 10, 15
GROWTH_DAYS = 7
BLOAT_MIN_BYTES, BLOAT_MAX_BYTES = 1_000_000, 200_000_000


@dataclass(frozen=True, slots=True)
class Connections:
    """Sessions of clients against what the server takes; times in seconds."""

    total: int
    active: int
    idle_in_transaction: int
    max: int
    percent_used: float
    oldest_idle_seconds: float
    longest_transaction_seconds: float


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A statement and what it took in the last hour; times in ms, the ratio in percent (null: it read nothing)."""

    query_id: str
    text: str
    calls: int
    total_ms: float
    mean_ms: float
    rows: int
    cache_hit_ratio: float | None


@dataclass(frozen=True, slots=True)
class RelationLine:
    """A table or an index: bytes, live and dead rows, scans since the counters began, growth in bytes over a week (null: not known yet)."""

    kind: str
    name: str
    table: str
    size_bytes: int
    rows: int | None
    dead_rows: int | None
    scans: int
    growth_bytes: int | None


@dataclass(frozen=True, slots=True)
class BloatLine:
    """Space that a rewrite would give back. `how` is `measured` or `estimated`."""

    kind: str
    name: str
    table: str
    size_bytes: int
    wasted_bytes: int
    percent: float
    how: str


@dataclass(frozen=True, slots=True)
class Replica:
    """A replica and how far it is behind."""

    name: str
    state: str
    lag_bytes: int | None
    lag_seconds: float | None


@dataclass(frozen=True, slots=True)
class PerformanceMetrics:
    """The answer of `performance_metrics`. Ratios in percent, null where nothing was read or called in the last minutes."""

    timestamp: datetime
    max_age: int
    connections: Connections
    queries_per_second: float | None
    transactions_per_second: float | None
    cache_hit_ratio: float | None
    index_usage: float | None
    slow_statements_last_minute: int
    slow_statements_last_hour: int
    slowest: Sequence[StatementLine]
    tables: Sequence[RelationLine]
    indexes: Sequence[RelationLine]
    bloat: Sequence[BloatLine]
    replicas: Sequence[Replica]
    size_bytes: int
    wraparound_percent: float
    visibility: Visibility


def performance_metrics(bloat_kept: Sequence[Mapping[str, Any]] = ()) -> PerformanceMetrics:
    """The server as it is, beside what the samples of the last minutes and hour say, and bloat as it was last looked at.

    Ten queries, whatever the tables hold. For the role of jobs: the pages show what it has kept.
    """
    now = timezone.now()
    ((_, total, active, idle, oldest_idle, oldest, _, most, *_, size, age, _),) = rows("server_now", {})
    recent = list(DatabaseSample.objects.filter(taken_at__gt=now - timedelta(minutes=5)))
    tables, indexes = _relations(now)
    return PerformanceMetrics(
        timestamp=now,
        max_age=60,
        connections=Connections(total, active, idle, most, percent(total, most) or 0.0, round(oldest_idle, 1), round(oldest, 1)),
        queries_per_second=_rate(_calls(recent), recent),
        transactions_per_second=_rate(sum(it.transactions or 0 for it in recent), recent),
        cache_hit_ratio=cache_hit_ratio(recent),
        index_usage=_index_usage(tables, indexes),
        slow_statements_last_minute=SlowStatement.objects.filter(at__gt=now - timedelta(minutes=1)).count(),
        slow_statements_last_hour=SlowStatement.objects.filter(at__gt=now - timedelta(hours=1)).count(),
        slowest=statements_slowest(now - timedelta(hours=1)),
        tables=tables[:LARGEST],
        indexes=indexes[:LARGEST],
        bloat=[BloatLine(**line) for line in bloat_kept[:LARGEST]],
        replicas=[Replica(*row) for row in rows("replicas_now", {})],
        size_bytes=size,
        wraparound_percent=age,
        visibility=visibility(),
    )


def percent(part: float, whole: float) -> float | None:
    """PART of WHOLE in percent with one place; None of nothing."""
    return round(100 * part / whole, 1) if whole else None


def cache_hit_ratio(samples: Sequence[DatabaseSample]) -> float | None:
    """How many of the pages asked for in the time of SAMPLES were in memory, in percent; None when none were asked for."""
    hit, read = sum(it.blocks_hit or 0 for it in samples), sum(it.blocks_read or 0 for it in samples)
    return percent(hit, hit + read)


def _rate(count: int, samples: Sequence[DatabaseSample]) -> float | None:
    seconds = sum(it.seconds or 0.0 for it in samples if it.transactions is not None)
    return round(count / seconds, 2) if seconds else None


def _calls(samples: Sequence[DatabaseSample]) -> int:
    if not samples:
        return 0
    found = StatementSample.objects.filter(taken_at__in=[it.taken_at for it in samples]).aggregate(calls=Sum("calls"))
    return int(found["calls"] or 0)


def statements_slowest(since: datetime, *, by: str = "total", how_many: int = SLOWEST) -> list[StatementLine]:
    """The statements that took most since then, in total or by the mean; one query."""
    found = rows("statements_slowest", {"since": since, "by": by, "how_many": how_many})
    return [
        StatementLine(str(query_id), text, calls, round(total, 2), round(mean, 3), count, percent(hit, hit + read))
        for query_id, text, calls, total, mean, count, hit, read in found
    ]


def _relations(now: datetime) -> tuple[list[RelationLine], list[RelationLine]]:
    """Tables and indexes, the largest first; two queries."""
    day = (now - timedelta(days=GROWTH_DAYS)).date()
    before = {(it.kind, it.name): it.size_bytes for it in RelationSample.objects.filter(day=day)}
    lines = [
        RelationLine(kind, name, table, size, live, dead, scans, size - before[kind, name] if (kind, name) in before else None)
        for kind, name, table, size, live, dead, scans, _ in rows("relations_now", {})
    ]
    lines.sort(key=lambda line: -line.size_bytes)
    return [line for line in lines if line.kind == RelationKind.TABLE], [line for line in lines if line.kind == RelationKind.INDEX]


def _index_usage(tables: Sequence[RelationLine], indexes: Sequence[RelationLine]) -> float | None:
    by_index = sum(line.scans for line in indexes)
    return percent(by_index, by_index + sum(line.scans for line in tables))


def bloat(*, min_bytes: int = BLOAT_MIN_BYTES, max_bytes: int = BLOAT_MAX_BYTES) -> list[BloatLine]:
    """Tables and indexes with space to give back, the most first: measured where pgstattuple may be used and it is quick, else estimated.

    Three queries, and an EXPLAIN for each large one whose statistics are hidden. What may be neither measured nor estimated is left out.
    """
    try:
        with transaction.atomic():
            measured = rows("bloat_measured", {"min_bytes": min_bytes, "max_bytes": max_bytes})
    except DatabaseError:
        measured = []
    known = {row[1] for row in measured}
    hidden = [row for row in rows("bloat_hidden", {"min_bytes": min_bytes}) if row[0] not in known]
    widths = {name: width for name, table, columns in hidden if (width := row_width(table, columns)) is not None}
    estimated = rows("bloat_estimated", {"min_bytes": min_bytes, "widths": orjson.dumps(widths).decode()})
    lines = [BloatLine(*(*row, "measured")) for row in measured]
    lines += [BloatLine(*(*row, "estimated")) for row in estimated if row[1] not in known and row[4] is not None]
    return sorted(lines, key=lambda line: -line.wasted_bytes)
