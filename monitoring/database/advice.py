"""Advice from what was asked: missing and partial indexes with their proof, and the month's report with N+1, joins and trends."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from monitoring.database.indexes import Index, IndexFinding, index_health, indexes_now
from monitoring.database.overview import StatementLine, bloat, statements_slowest
from monitoring.database.reading_sql import Asked, conditions, parsed
from monitoring.database.reports import BLOAT, INDEXES, report_put
from monitoring.models import GroupCost, RepeatedStatement
from monitoring.sql import rows

LARGE_ROWS = 10_000
STATEMENTS = 200
DAYS = 30
GAIN = 0.5
"""A new index is worth its cost where a statement would cost at most this part of what it costs."""
PARTIAL_SHARE = 0.3
"""A partial index is worth it where at most this part of the rows fulfils its condition."""
PARTIAL_BYTES = 1_000_000
COLUMNS_MAX = 3


@dataclass(frozen=True, slots=True)
class MissingIndex:
    """An index that is not there: what it would do for the statements that ask for it, by the planner's costs before and after."""

    table: str
    columns: Sequence[str]
    statements: Sequence[str]
    calls: int
    cost_before: float
    cost_after: float
    proof: str
    do: str
    undo: str


@dataclass(frozen=True, slots=True)
class PartialIndex:
    """An index that could hold a part of its rows: the condition that every statement that uses it makes, and the bytes saved."""

    index: str
    table: str
    condition: str
    share_percent: float
    bytes_saved: int
    statements: Sequence[str]
    do: str
    undo: str


@dataclass(frozen=True, slots=True)
class RepeatedLine:
    """A statement that one request made many times; `times` is the most that was seen."""

    caller: str
    text: str
    times: int
    seen: int
    total_ms: float


@dataclass(frozen=True, slots=True)
class TrendLine:
    """A statement by total time, this half of the span against the half before; the change in percent, null where it is new."""

    query_id: str
    text: str
    calls: int
    total_ms: float
    mean_ms: float
    change_percent: float | None


@dataclass(frozen=True, slots=True)
class GroupLine:
    """What the statements for a group took; blank: for nobody in particular."""

    group: str
    statements: int
    total_ms: float


@dataclass(frozen=True, slots=True)
class OptimisationReport:
    """The month's report."""

    made_at: str
    days: int
    repeated: Sequence[RepeatedLine]
    missing: Sequence[MissingIndex]
    partial: Sequence[PartialIndex]
    joins: Sequence[StatementLine]
    trends: Sequence[TrendLine]
    groups: Sequence[GroupLine]


def optimisation_report(*, days: int = DAYS) -> OptimisationReport:
    """What to make better, from the samples of DAYS; a query a statement looked at, STATEMENTS at most."""
    since = timezone.now() - timedelta(days=days)
    lines = statements_slowest(since, how_many=STATEMENTS)
    return OptimisationReport(
        made_at=timezone.now().isoformat(),
        days=days,
        repeated=repeated_statements(days=days),
        missing=missing_indexes(lines),
        partial=partial_indexes(lines),
        joins=[line for line in lines if re.search(r"\bJOIN\b", line.text, re.IGNORECASE) and line.mean_ms >= 50][:10],
        trends=_trends(days),
        groups=group_costs(days=days),
    )


def repeated_statements(*, days: int = DAYS) -> list[RepeatedLine]:
    """N+1: statements that one request made many times, by the time they took; one query."""
    found = RepeatedStatement.objects.filter(last_at__gt=timezone.now() - timedelta(days=days)).order_by("-total_ms")[:20]
    return [RepeatedLine(it.caller, it.text, it.times_max, it.seen, round(it.total_ms, 1)) for it in found]


def group_costs(*, days: int = DAYS) -> list[GroupLine]:
    """Statements and their time by group, the most first; one query."""
    since = timezone.now().date() - timedelta(days=days)
    sums: dict[str, list[float]] = {}
    for it in GroupCost.objects.filter(day__gte=since):
        own = sums.setdefault(it.group_slug, [0, 0.0])
        own[0] += it.statements
        own[1] += it.total_ms
    return [GroupLine(slug, int(count), round(ms, 1)) for slug, (count, ms) in sorted(sums.items(), key=lambda pair: -pair[1][1])][:50]


def _trends(days: int) -> list[TrendLine]:
    now = timezone.now()
    half = {it.query_id: it for it in statements_slowest(now - timedelta(days=days / 2), how_many=20)}
    whole = {it.query_id: it for it in statements_slowest(now - timedelta(days=days), how_many=STATEMENTS)}
    found = []
    for key, it in half.items():
        before = whole[key].total_ms - it.total_ms if key in whole else 0.0
        change = round(100 * (it.total_ms - before) / before, 1) if before > 0 else None
        found.append(TrendLine(key, it.text, it.calls, it.total_ms, it.mean_ms, change))
    return found


# --- Missing indexes ------------------------------------------------------------------------------


def missing_indexes(lines: Sequence[StatementLine]) -> list[MissingIndex]:
    """Indexes for statements that read large tables from end to end; by the table and columns, the greatest gain first. One EXPLAIN a statement."""
    large = {name: (count, pages) for name, count, pages in rows("large_tables", {"min_rows": LARGE_ROWS})}
    there = {(index.table, index.columns[: len(index.columns)]) for index in indexes_now() if not index.predicate}
    found: dict[tuple[str, tuple[str, ...]], list[tuple[StatementLine, float, float, str]]] = {}
    for line in lines:
        tree = parsed(line.text)
        if tree is None:
            continue
        asked = conditions(tree)
        plan = _plan(line.text)
        for table, cost, matches in _whole_reads(plan):
            columns = _columns_for(table, asked)
            if table not in large or not columns or any(own[: len(columns)] == columns for of, own in there if of == table):
                continue
            after, proof = _cost_with(line.text, table, columns, plan, cost, matches, large[table])
            if after <= GAIN * plan["Total Cost"]:
                found.setdefault((table, columns), []).append((line, plan["Total Cost"], after, proof))
    made = [_missing(table, columns, served) for (table, columns), served in found.items()]
    return sorted(made, key=lambda it: it.calls * (it.cost_after - it.cost_before))


def _plan(text: str) -> Mapping[str, Any]:
    """The planner's plan of a recorded statement, its values unknown; empty where it cannot be planned. Nothing is run: the transaction reads only."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL transaction_read_only = on")
            cursor.execute("SET LOCAL enable_partition_pruning = on")
            cursor.execute("EXPLAIN (GENERIC_PLAN, FORMAT JSON) " + text)
            ((told,),) = cursor.fetchall()
            plan: Mapping[str, Any] = told[0]["Plan"]
            return plan
    except DatabaseError:
        return {}


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if plan:
        yield plan
        for inner in plan.get("Plans", ()):
            yield from _nodes(inner)


def _whole_reads(plan: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    """Tables that a plan reads from end to end for a part of their rows: name, cost of the reads, rows that match. Parts count for their table."""
    sums: dict[str, list[float]] = {}
    for node in _nodes(plan):
        if node["Node Type"] == "Seq Scan" and "Filter" in node:
            own = sums.setdefault(_root(node["Relation Name"]), [0.0, 0.0])
            own[0] += node["Total Cost"]
            own[1] += node["Plan Rows"]
    return [(table, cost, matches) for table, (cost, matches) in sums.items()]


def _root(relation: str) -> str:
    """The table that a partition belongs to, by the name that partitions are given."""
    return re.sub(r"_\d{4}_\d{2}(_\d{2})?$", "", relation)


def _columns_for(table: str, asked: Sequence[Asked]) -> tuple[str, ...]:
    """What an index for these conditions would lie on: what is asked to equal first, then one range."""
    own = [it for it in asked if it.table == table]
    equal = [it.column for it in own if it.kind == "equal"]
    ranges = [it.column for it in own if it.kind == "range"]
    chosen = list(dict.fromkeys([*sorted(equal, key=lambda column: column != "group_id"), *ranges[:1]]))
    return tuple(chosen[:COLUMNS_MAX])


def _cost_with(
    text: str, table: str, columns: Sequence[str], plan: Mapping[str, Any], cost: float, matches: float, size: tuple[int, int]
) -> tuple[float, str]:
    """What the statement would cost with an index on COLUMNS, and how that is known: a hypothetical index, or the planner's own prices."""
    hypothetical = _hypothetical(text, table, columns)
    if hypothetical is not None:
        return hypothetical, "the planner's cost with a hypothetical index (HypoPG)"
    ((page_price, row_price, index_price),) = _prices()
    _, pages = size
    reads = min(matches, float(pages))
    through_index = reads * page_price + matches * (row_price + index_price) + 4 * page_price
    return plan["Total Cost"] - cost + through_index, "estimated from the planner's own prices and its count of matching rows"


def _prices() -> list[tuple[float, float, float]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('random_page_cost')::float8, current_setting('cpu_tuple_cost')::float8, current_setting('cpu_index_tuple_cost')::float8"
        )
        found: list[tuple[float, float, float]] = cursor.fetchall()
    return found


def _hypothetical(text: str, table: str, columns: Sequence[str]) -> float | None:
    """The planner's cost of TEXT with an index that exists for it alone; None where HypoPG is not installed."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT FROM pg_extension WHERE extname = 'hypopg'")
            if not cursor.fetchall():
                return None
            cursor.execute("SELECT indexrelid FROM hypopg_create_index(%s)", [_statement(table, columns, concurrently=False)])
            try:
                cost = _plan(text).get("Total Cost")
            finally:
                cursor.execute("SELECT hypopg_reset()")
            return None if cost is None else float(cost)
    except DatabaseError:
        return None


def _missing(table: str, columns: tuple[str, ...], served: Sequence[tuple[StatementLine, float, float, str]]) -> MissingIndex:
    first = max(served, key=lambda it: it[0].total_ms)
    name = _name(table, columns)
    return MissingIndex(
        table=table,
        columns=columns,
        statements=[line.text for line, *_ in served][:5],
        calls=sum(line.calls for line, *_ in served),
        cost_before=round(first[1], 1),
        cost_after=round(first[2], 1),
        proof=first[3],
        do=_statement(table, columns, concurrently=True),
        undo=f'DROP INDEX CONCURRENTLY "{name}";',
    )


def _name(table: str, columns: Sequence[str]) -> str:
    return f"{table}_{'_'.join(columns)}_idx"[:63]


def _statement(table: str, columns: Sequence[str], *, concurrently: bool) -> str:
    listed = ", ".join(f'"{column}"' for column in columns)
    return f'CREATE INDEX {"CONCURRENTLY " if concurrently else ""}"{_name(table, columns)}" ON "{table}" ({listed});'


# --- Partial indexes ------------------------------------------------------------------------------


def partial_indexes(lines: Sequence[StatementLine]) -> list[PartialIndex]:
    """Indexes of which every statement that asks by them wants a small part: rows where something is null, true or false. Two queries."""
    wanted = [(line, conditions(tree)) for line in lines if (tree := parsed(line.text)) is not None]
    candidates = [index for index in indexes_now() if _may_be_partial(index)]
    tables = sorted({index.table for index in candidates})
    shares = {(table, column): (nulls, trues) for table, column, nulls, trues in rows("rare_predicates", {"tables": tables})}
    return [found for index in candidates if (found := _partial(index, wanted, shares)) is not None]


def _may_be_partial(index: Index) -> bool:
    is_plain = index.method == "btree" and index.is_valid and not index.is_rule and not index.predicate and not index.is_partitioned
    return is_plain and index.size_bytes >= PARTIAL_BYTES


def _partial(
    index: Index, wanted: Sequence[tuple[StatementLine, Sequence[Asked]]], shares: Mapping[tuple[str, str], tuple[float, float | None]]
) -> PartialIndex | None:
    """The condition that all statements share that ask for INDEX's first column, if few rows fulfil it."""
    leading = index.columns[0].strip('"')
    users = [(line, asked) for line, asked in wanted if any((it.table, it.column) == (index.table, leading) for it in asked)]
    if not users:
        return None
    common = set.intersection(*({it for it in asked if it.table == index.table and it.kind in _SHARES} for _, asked in users))
    for it in sorted(common, key=lambda it: it.column):
        share = _SHARES[it.kind](*shares.get((it.table, it.column), (1.0, None)))
        if share is not None and share <= PARTIAL_SHARE:
            words = _WORDS[it.kind].format(column=f'"{it.column}"')
            name = f"{index.name}_part"[:63]
            made = index.make.rstrip(";").replace(f" {index.name} ", f' "{name}" ', 1)
            return PartialIndex(
                index=index.name,
                table=index.table,
                condition=words,
                share_percent=round(100 * share, 1),
                bytes_saved=int(index.size_bytes * (1 - share)),
                statements=[line.text for line, _ in users][:5],
                do=f"{made} WHERE {words}; {index.drop}",
                undo=f'{index.make} DROP INDEX CONCURRENTLY "{name}";',
            )
    return None


_SHARES: Mapping[str, Callable[[float, float | None], float | None]] = {
    "null": lambda nulls, trues: nulls,
    "not_null": lambda nulls, trues: 1 - nulls,
    "true": lambda nulls, trues: trues,
    "false": lambda nulls, trues: None if trues is None else 1 - nulls - trues,
}
_WORDS = {"null": "{column} IS NULL", "not_null": "{column} IS NOT NULL", "true": "{column}", "false": "NOT {column}"}


def findings_of(missing: Sequence[MissingIndex]) -> list[IndexFinding]:
    """Missing indexes as findings of index health."""
    return [
        IndexFinding(
            "missing",
            _name(it.table, it.columns),
            it.table,
            0,
            f"{it.calls:,} calls read the whole table; cost {it.cost_before:,.0f} would be {it.cost_after:,.0f} ({it.proof}).",
            it.do,
            it.undo,
        )
        for it in missing
    ]


def look_at_indexes() -> None:
    """Keeps, for the pages, what is to be done about indexes and where space is wasted; as many queries as `optimisation_report`."""
    lines = statements_slowest(timezone.now() - timedelta(days=DAYS), how_many=STATEMENTS)
    health = index_health()
    findings = [*health.findings, *findings_of(missing_indexes(lines))]
    report_put(BLOAT, {"lines": [asdict(line) for line in bloat()]})
    told = {"findings": [asdict(it) for it in findings], "partial": [asdict(it) for it in partial_indexes(lines)]}
    report_put(INDEXES, {**told, "indexes": health.indexes, "size_bytes": health.size_bytes, "days_watched": health.days_watched})
