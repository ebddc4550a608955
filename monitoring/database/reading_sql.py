"""What statements ask: their tables and conditions, read by a SQL parser."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

# It warns of every statement that it does not know, which are none of those that are asked about.
logging.getLogger("sqlglot").setLevel(logging.ERROR)
_READABLE = (exp.Select, exp.Union, exp.Update, exp.Delete)


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition on a column of a table: `kind` is equal, range, null, not_null, true or false."""

    table: str
    column: str
    kind: str


def parsed(text: str) -> exp.Expr | None:
    """The one statement of TEXT, where it reads, changes or deletes rows; None for anything else, and for what cannot be read."""
    try:
        found = sqlglot.parse(text, read="postgres")
    except SqlglotError:
        return None
    return found[0] if len(found) == 1 and isinstance(found[0], _READABLE) else None


def is_of_application(tree: exp.Expr) -> bool:
    """Whether a statement asks the application's own tables, and none of the server's catalog."""
    return not any(table.name.startswith("pg_") for table in tree.find_all(exp.Table))


def conditions(tree: exp.Expr) -> list[Asked]:
    """The conditions that must hold for a row to be asked for: those joined by AND in WHERE, each once."""
    found: dict[Asked, None] = {}
    for where in tree.find_all(exp.Where):
        tables = _tables_of(where.parent)
        for part in _conjuncts(where.this):
            for asked in _asked(part, tables):
                found[asked] = None
    return list(found)


def _tables_of(node: exp.Expr | None) -> dict[str, str]:
    """Names and aliases of the tables of a query, save those of its subqueries."""
    if node is None:
        return {}
    tables = {}
    for table in node.find_all(exp.Table):
        if table.find_ancestor(exp.Select, exp.Update, exp.Delete) is node:
            tables[table.alias_or_name] = table.name
    return tables


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    node = node.unnest()
    if isinstance(node, exp.And):
        yield from _conjuncts(node.left)
        yield from _conjuncts(node.right)
    else:
        yield node


def _asked(node: exp.Expr, tables: dict[str, str]) -> Iterator[Asked]:
    negated = isinstance(node, exp.Not)
    inner = node.this.unnest() if negated else node
    if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null):
        yield from _column(inner.this, tables, "not_null" if negated or inner.args.get("negate") else "null")
    elif isinstance(inner, exp.Column):
        yield from _column(inner, tables, "false" if negated else "true")
    elif negated:
        return
    elif isinstance(inner, exp.EQ):
        for column, other in ((inner.left, inner.right), (inner.right, inner.left)):
            if _is_value(other):
                yield from _column(column, tables, "equal")
    elif isinstance(inner, exp.In):
        yield from _column(inner.this, tables, "equal")
    elif isinstance(inner, (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)):
        yield from _column(inner.this, tables, "range")


def _is_value(node: exp.Expr) -> bool:
    """Whether this is something given, and not another column."""
    return node.find(exp.Column) is None


def _column(node: exp.Expr, tables: dict[str, str], kind: str) -> Iterator[Asked]:
    if not isinstance(node, exp.Column):
        return
    table = tables.get(node.table) if node.table else next(iter(tables.values())) if len(tables) == 1 else None
    if table:
        yield Asked(table, node.name, kind)
