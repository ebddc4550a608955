"""Running a check: what it finds comes into a table of the session, to be counted, paged, or made findings of by one statement."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import batched

from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from monitoring.checks.broken import Ask, Broken
from monitoring.checks.registry import Check
from monitoring.sql import rows, statement

_ROWS_AT_ONCE = 5_000


@contextmanager
def checked(check: Check, ask: Ask) -> Iterator[None]:
    """Inside, stage_broken holds what CHECK finds. One transaction, whose locks no writer waits for; the check's own query and two or three small ones."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement("stage_broken"))
            cursor.execute(statement("stage_broken_empty"))
            cursor.execute(statement("memory"), {"memory": settings.CHECK_MEMORY})
        if check.find is None:
            _fill(check, ask)
        else:
            for found in batched(check.find(ask), _ROWS_AT_ONCE):
                _keep(found)
        yield


def _fill(check: Check, ask: Ask) -> None:
    text = sql.SQL(statement(check.name))  # type: ignore[arg-type]  # a file of ours, no text of strangers
    if check.parts:
        text = text.format(**{name: sql.SQL(part) for name, part in check.parts.items()})  # type: ignore[arg-type, assignment]
    with connection.cursor() as cursor:
        whole = sql.SQL(statement("stage_broken_fill")).format(check=text)  # type: ignore[arg-type]
        cursor.execute(whole, {"group": ask.group_id, **check.told(ask)})


def _keep(found: tuple[Broken, ...]) -> None:
    told = {
        "groups": [one.group_id for one in found],
        "kinds": [one.kind for one in found],
        "ids": [one.record_id for one in found],
        "reasons": [one.reason for one in found],
        "metadata": [json.dumps(dict(one.metadata)) for one in found],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement("stage_broken_keep"), told)


def broken_by_group() -> dict[uuid.UUID | None, int]:
    """How many rows the check at hand found, by group; one query."""
    return dict(rows("stage_broken_count", {}))


def broken_page(limit: int) -> list[Broken]:
    """The first LIMIT rows that the check at hand found; one query."""
    return [Broken(*row[:4], json.loads(row[4]) if isinstance(row[4], str) else row[4]) for row in rows("stage_broken_page", {"limit": limit})]
