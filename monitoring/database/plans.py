"""The planner's plan of a statement that was kept with placeholders in place of its values."""

import re

from django.db import DatabaseError, connection, transaction
from psycopg import sql

from monitoring.database.reading_sql import parsed

_PLACE = re.compile(r"%\((\w+)\)s|%s|%%")


def numbered(text: str) -> str:
    """TEXT with $1, $2 … in place of %s and %(name)s, one number for each name."""
    names: dict[str, int] = {}
    count = 0

    def place(found: re.Match[str]) -> str:
        nonlocal count
        if found[0] == "%%":
            return "%"
        if found[1] in names:
            return f"${names[found[1]]}"
        count += 1
        if found[1]:
            names[found[1]] = count
        return f"${count}"

    return _PLACE.sub(place, text)


def plan_text(text: str) -> str:
    """The plan as PostgreSQL tells it, values unknown; a sentence where there is none. Nothing is run: the transaction reads only."""
    asked = numbered(text)
    if parsed(asked) is None:
        return "There is no plan: this is no single statement that reads, changes or deletes rows, or it cannot be read."
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL transaction_read_only = on")
            cursor.execute(sql.SQL("EXPLAIN (GENERIC_PLAN, COSTS) {}").format(sql.SQL(asked)))
            return "\n".join(line for (line,) in cursor.fetchall())
    except DatabaseError as refused:
        return f"There is no plan: {str(refused).splitlines()[0]}"
