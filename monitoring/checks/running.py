"""Running a check: what it finds comes into a table of the session, to be counted, paged, or made findings of by one statement."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import batched
from typing import Any

from django.db import connection, transaction
from psycopg import sql

from monitoring.checks.broken import Ask, Broken
from monitoring.checks.check import Check
from monitoring.sql import rows, statement

MEMORY = "128MB"
"""Of the database, for a sort or a hash: a million things join without a file."""
_ROWS_AT_ONCE = 5_000


@contextmanager
def checked(check: Check, ask: Ask) -> Iterator[None]:
    """Inside, stage_broken holds what CHECK finds. One transaction, whose locks no writer waits for; the check's own query and two or three small ones."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement("stage_broken"))
            cursor.execute(statement("stage_broken_empty"))
            cursor.execute(statement("memory"), {"memory": MEMORY})
        if check.find is None:
            _fill(check, ask)
        else:
            for found in batched(check.find(ask), _ROWS_AT_ONCE):
                _keep(found)
        yield


def _fill(check: Check, ask: Ask) -> None:
    bare = sql.SQL(statement(check.name))
    text = bare.format(**{name: sql.SQL(part) for name, part in check.parts.items()}) if check.parts else bare
    with connection.cursor() as cursor:
        whole = sql.SQL(statement("stage_broken_fill")).format(check=text)
        cursor.execute(whole, {"group": ask.group_id, **check.told(ask)})


def _keep(found: tuple[Broken, ...]) -> None:
    told: dict[str, Any] = {
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
    return [
        Broken(group_id, kind, record_id, reason, json.loads(told) if isinstance(told, str) else told)
        for group_id, kind, record_id, reason, told in rows("stage_broken_page", {"limit": limit})
    ]
