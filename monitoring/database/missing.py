"""Indexes that are not there: statements that read large tables from end to end, with the index that would spare them that, and the proof."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection, transaction
from psycopg import sql

from monitoring.database.indexes import IndexFinding, indexes_now
from monitoring.database.overview import StatementLine
from monitoring.database.planner import plan_of
from monitoring.database.reading_sql import Asked, conditions, parsed
from monitoring.sql import rows

LARGE_ROWS = 10_000
GAIN = 0.5
"""A new index is worth its cost where a statement would cost at most this part of what it costs."""
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


def missing_indexes(lines: Sequence[StatementLine]) -> list[MissingIndex]:
    """Indexes for statements that read large tables from end to end; by the table and columns, the greatest gain first. One EXPLAIN a statement."""
    large = {name: (count, pages) for name, count, pages in rows("large_tables", {"min_rows": LARGE_ROWS})}
    there = {(index.table, tuple(column.strip('"') for column in index.columns)) for index in indexes_now() if index.is_valid and not index.predicate}
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
    """The planner's plan of a recorded statement, its values unknown; empty where it cannot be planned."""
    return plan_of(sql.SQL(text), generic=True)


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
            cursor.execute("SELECT to_regprocedure('hypopg_create_index(text)')")
            if cursor.fetchone() == (None,):
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
