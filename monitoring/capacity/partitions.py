"""Tables that have grown large: whether to partition them, by what, how, and what it would gain."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.utils import timezone

from monitoring.database.overview import StatementLine, statements_slowest
from monitoring.database.planner import values_of
from monitoring.database.reading_sql import conditions, parsed
from monitoring.sql import rows

STATEMENTS = 200
SPAN = timedelta(days=30)
PARTS = 16
DISTINCT_MIN = 4 * PARTS
"""A key with fewer values would leave parts empty and others full."""
SHARE_MIN = 0.5
"""A key is worth something where statements that ask for it take at least this share of the table's time."""
MOMENT_TYPES = {"timestamp with time zone", "date"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its type, and the unique keys that lack it."""

    name: str
    kind: str
    lacking: Sequence[str]


@dataclass(frozen=True, slots=True)
class Key:
    """A column to partition by: `how` is hash or range, `share` of the statements' time that asks for it, `obstacles` the unique keys that lack it."""

    column: str
    how: str
    share: float
    obstacles: Sequence[str]


@dataclass(frozen=True, slots=True)
class Partitioning:
    """A large table: its candidates, the best first, and for the best the steps with their locks, and what it would gain."""

    table: str
    rows: int
    size_bytes: int
    keys: Sequence[Key]
    steps: Sequence[str]
    gain: str


def partition_analysis(min_rows: int | None = None) -> list[Partitioning]:
    """Tables of MIN_ROWS rows (settings.PARTITION_ROWS) and more that are not partitioned, the largest first; three queries, and an EXPLAIN for each column that is asked for."""
    large = rows("partition_tables", {"min_rows": settings.PARTITION_ROWS if min_rows is None else min_rows})
    if not large:
        return []
    columns: dict[str, list[Column]] = defaultdict(list)
    for table, name, kind, lacking in rows("partition_columns", {"tables": [row[0] for row in large]}):
        columns[table].append(Column(name, kind, lacking))
    asked = time_by_condition(statements_slowest(timezone.now() - SPAN, how_many=STATEMENTS))
    return [_partitioning(table, count, size, columns[table], asked.get(table, {})) for table, count, size in large]


def time_by_condition(lines: Iterable[StatementLine]) -> dict[str, dict[tuple[str, str], float]]:
    """The share of each table's statement time that asks for a column, by table and (column, kind of condition)."""
    whole: dict[str, float] = defaultdict(float)
    by: dict[str, dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
    for line in lines:
        tree = parsed(line.text)
        if tree is None:
            continue
        asked = conditions(tree)
        for table in {it.table for it in asked}:
            whole[table] += line.total_ms
        for it in asked:
            by[it.table][it.column, it.kind] += line.total_ms
    return {table: {key: ms / whole[table] for key, ms in found.items() if whole[table]} for table, found in by.items()}


def _partitioning(table: str, count: int, size: int, columns: Sequence[Column], shares: Mapping[tuple[str, str], float]) -> Partitioning:
    keys = sorted(keys_of(columns, shares, partial(values_of, table)), key=lambda key: (-key.share, len(key.obstacles)))
    if not keys:
        return Partitioning(
            table, count, size, [], [], "No column is asked for by half of what the table's statements take: partitions would not be left out."
        )
    return Partitioning(table, count, size, keys, steps(table, keys[0]), _gain(keys[0], size))


def keys_of(columns: Sequence[Column], shares: Mapping[tuple[str, str], float], distinct: Callable[[str], int]) -> list[Key]:
    """The columns worth partitioning by: asked to equal, with enough values, by hash; moments asked for by a range, by range."""
    found = []
    for column in columns:
        equal, ranged = shares.get((column.name, "equal"), 0.0), shares.get((column.name, "range"), 0.0)
        if equal >= SHARE_MIN and distinct(column.name) >= DISTINCT_MIN:
            found.append(Key(column.name, "hash", round(equal, 2), column.lacking))
        if ranged >= SHARE_MIN and column.kind in MOMENT_TYPES:
            found.append(Key(column.name, "range", round(ranged, 2), column.lacking))
    return found


def steps(table: str, key: Key) -> list[str]:
    """What to do, each with the lock it takes."""
    made = f'CREATE TABLE "{table}_new" (LIKE "{table}" INCLUDING ALL EXCLUDING INDEXES EXCLUDING CONSTRAINTS) PARTITION BY {key.how.upper()} ("{key.column}");'
    parts = (
        f"{PARTS} parts: CREATE TABLE … PARTITION OF … FOR VALUES WITH (MODULUS {PARTS}, REMAINDER n);"
        if key.how == "hash"
        else "a part a month: CREATE TABLE … PARTITION OF … FOR VALUES FROM … TO …;"
    )
    widened = (
        [f"Unique keys must hold {key.column}: {', '.join(key.obstacles)} have to be widened first, and whoever relies on them asked."]
        if key.obstacles
        else []
    )
    return [
        *widened,
        f"{made} No lock on the old table.",
        f"Then {parts} Keys, checks, triggers, policies and indexes as on the old one. No lock on the old table.",
        "A trigger on the old table writes every change to both. SHARE ROW EXCLUSIVE for a moment: writers wait, readers do not; lock_timeout 200 ms.",
        "Copy what is there in batches by key, each a transaction, ON CONFLICT DO NOTHING. Row locks of a batch.",
        "Compare counts and digests of both. No lock that anybody waits for.",
        "Swap the names in one transaction. ACCESS EXCLUSIVE for a moment: everybody waits; lock_timeout 200 ms and again until it is had.",
        "Keep the old table for a week, then drop it.",
    ]


def _gain(key: Key, size: int) -> str:
    of = f"{key.share:.0%} of the time of its statements ask for {key.column}"
    if key.how == "hash":
        return f"{of}: they would look into one part of {PARTS}, about {size / PARTS / 1e6:,.0f} MB of {size / 1e6:,.0f} MB. Look-ups by an index gain little; vacuum and index builds go part by part."
    return (
        f"{of}: they would look into the parts of their span, and old parts can be dropped or archived whole, without a scan and without dead rows."
    )
