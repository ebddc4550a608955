"""Indexes that could hold a part of their rows, because every statement that uses them asks for no others."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from monitoring.database.indexes import Index, indexes_now
from monitoring.database.overview import StatementLine
from monitoring.database.planner import share_of
from monitoring.database.reading_sql import Asked, conditions, parsed

PARTIAL_SHARE = 0.3
"""A partial index is worth it where at most this part of the rows fulfils its condition."""
PARTIAL_BYTES = 1_000_000


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


def partial_indexes(lines: Sequence[StatementLine]) -> list[PartialIndex]:
    """Indexes of which every statement that asks by them wants a small part: rows where something is null, true or false.

    One query, and two EXPLAINs for each condition that all of them share.
    """
    wanted = [(line, conditions(tree)) for line in lines if (tree := parsed(line.text)) is not None]
    return [found for index in indexes_now() if _may_be_partial(index) and (found := _partial(index, wanted)) is not None]


def _may_be_partial(index: Index) -> bool:
    is_plain = index.method == "btree" and index.is_valid and not index.is_rule and not index.predicate and not index.is_partitioned
    return is_plain and index.size_bytes >= PARTIAL_BYTES


def _partial(index: Index, wanted: Sequence[tuple[StatementLine, Sequence[Asked]]]) -> PartialIndex | None:
    """The condition that all statements share that ask for INDEX's first column, if few rows fulfil it."""
    leading = index.columns[0].strip('"')
    users = [(line, asked) for line, asked in wanted if any((it.table, it.column) == (index.table, leading) for it in asked)]
    if not users:
        return None
    common = set.intersection(*({it for it in asked if it.table == index.table and it.kind in _WORDS} for _, asked in users))
    for it in sorted(common, key=lambda it: it.column):
        condition = sql.SQL(_WORDS[it.kind]).format(column=sql.Identifier(it.column))
        share = share_of(it.table, condition)
        if share is not None and share <= PARTIAL_SHARE:
            words = condition.as_string()
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


_WORDS = {"null": "{column} IS NULL", "not_null": "{column} IS NOT NULL", "true": "{column}", "false": "NOT {column}"}
