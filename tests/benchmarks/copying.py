"""The yardstick: COPY of rows already formatted, straight into the table, committed."""

from collections.abc import Iterable, Sequence

import psycopg
from django.db import connection
from psycopg import sql

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_text(rows: Iterable[Sequence[object]]) -> bytes:
    """ROWS in COPY's text format; None is null."""
    return "".join("\t".join("\\N" if value is None else str(value).translate(_ESCAPES) for value in row) + "\n" for row in rows).encode()


def copy_into(table: str, columns: Sequence[str], parts: Iterable[bytes]) -> None:
    """Sends PARTS of formatted text to TABLE as one COPY, a transaction of its own unless one is open."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)))
    with connection.cursor() as cursor:
        driver = cursor.cursor
        assert isinstance(driver, psycopg.Cursor)
        with driver.copy(statement) as stream:
            for part in parts:
                stream.write(part)
