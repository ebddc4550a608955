"""What the planner knows of a table. It may use statistics that row-level security hides from whoever looks into pg_stats, as it does from our roles."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import DatabaseError, connection, transaction
from psycopg import sql

ROWS_MIN = 1_000
"""Of fewer rows a share tells nothing."""


def plan_of(asked: sql.Composable, *, generic: bool = False) -> Mapping[str, Any]:
    """The plan of a statement, its values unknown where it is GENERIC; empty where it has none. Nothing is run: the transaction reads only."""
    options = sql.SQL("GENERIC_PLAN, FORMAT JSON" if generic else "FORMAT JSON")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL transaction_read_only = on")
            cursor.execute(sql.SQL("EXPLAIN ({}) {}").format(options, asked))
            ((told,),) = cursor.fetchall()
            plan: Mapping[str, Any] = told[0]["Plan"]
            return plan
    except DatabaseError:
        return {}


def row_width(table: str, columns: Sequence[str]) -> int | None:
    """Bytes of a row of TABLE, or of COLUMNS of it (as the catalog writes them); None where the planner cannot tell. One EXPLAIN."""
    listed = sql.SQL(", ").join(map(sql.SQL, columns)) if columns else sql.SQL("*")
    width = plan_of(sql.SQL("SELECT {} FROM {}").format(listed, sql.Identifier("public", table))).get("Plan Width")
    return None if width is None else int(width)


def share_of(table: str, condition: sql.Composable) -> float | None:
    """What part of the rows of TABLE fulfils CONDITION by the planner's statistics; None where it cannot tell. Two EXPLAINs."""
    name = sql.Identifier("public", table)
    whole = plan_of(sql.SQL("SELECT FROM {}").format(name)).get("Plan Rows", 0)
    if whole < ROWS_MIN:
        return None
    part = plan_of(sql.SQL("SELECT FROM {} WHERE {}").format(name, condition)).get("Plan Rows")
    return None if part is None else float(part) / whole


def values_of(table: str, column: str) -> int:
    """How many values COLUMN of TABLE has by the planner's statistics; 0 where it cannot tell. One EXPLAIN."""
    name = sql.Identifier(column)
    return int(plan_of(sql.SQL("SELECT {} FROM {} GROUP BY {}").format(name, sql.Identifier("public", table), name)).get("Plan Rows", 0))
