"""Named SQL statements, one per file; the header of each says what it does, takes, returns and costs."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from django.db import connection


@cache
def statement(name: str) -> str:
    """The text of sql/NAME.sql."""
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")


def rows(name: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What sql/NAME.sql returns; one query."""
    with connection.cursor() as cursor:
        cursor.execute(statement(name), parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
