"""Indexes that could hold a part of their rows, because every statement that uses them asks for no others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from monitoring.database.indexes import Index, indexes_now
from monitoring.database.overview import StatementLine
from monitoring.database.reading_sql import Asked, conditions, parsed
from monitoring.sql import rows

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
