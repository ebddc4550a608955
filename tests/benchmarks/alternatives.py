"""Other ways to write the same things, without any of ours: what the bulk path was chosen among (docs/decisions/0002-bulk-path.md)."""

from collections.abc import Iterator, Sequence
from functools import partial

import orjson
import psycopg
from django.db import connection, transaction

from ontology.models import Group
from ontology.services.bulk import csv_text
from ontology.services.things import STAGE
from ontology.sql import statement
from tests.benchmarks.copying import copy_text
from tests.benchmarks.racing import Contender, race
from tests.benchmarks.records import THING_COLUMNS, Item, thing_items, thing_rows
from tests.benchmarks.report import Section, ratio_line, yardstick_line
from tests.benchmarks.things import COPY, copy_call, things_call

ROWS = 10_000
STAGED, DIRECT, RECORDSET, UNNEST, EXECUTEMANY = "stage", "direct", "jsonb_to_recordset", "unnest", "executemany"
NAMES = {
    STAGED: "COPY into a stage, INSERT … SELECT",
    DIRECT: "COPY into the table, formatted in Python",
    RECORDSET: "INSERT … SELECT FROM jsonb_to_recordset",
    UNNEST: "INSERT … SELECT FROM unnest, an array a column",
    EXECUTEMANY: "executemany, pipelined",
}


def measure(rounds: int) -> Section:
    """10,000 things without validation; making the rows from values is part of the time."""
    items = thing_items(ROWS)
    ways = {STAGED: _staged, DIRECT: _direct, RECORDSET: _recordset, UNNEST: _unnest, EXECUTEMANY: _executemany}
    contenders = [Contender(COPY, ROWS, partial(copy_call, items))]
    contenders += [Contender(name, ROWS, partial(things_call, partial(way, items))) for name, way in ways.items()]
    times = race(contenders, rounds)
    lines = [ratio_line(NAMES[name], times[name], (f"COPY of {ROWS:,}", times[COPY])) for name in ways]
    return Section("Ways to write 10,000 things, none of them validating", [yardstick_line(f"COPY of {ROWS:,} things", times[COPY]), *lines])


def _staged(items: Sequence[Item], group: Group) -> None:
    with transaction.atomic():
        STAGE.fill(_stage_lines(items, group))
        with connection.cursor() as cursor:
            cursor.execute(statement("things_insert"), {"group": group.pk})


def _stage_lines(items: Sequence[Item], group: Group) -> Iterator[str]:
    for id_, _, type_name, name, properties, status, external_id in thing_rows(group, items):
        yield f"{id_},{csv_text(str(type_name))},{csv_text(str(name))},{csv_text(str(properties))},{status},{csv_text(str(external_id))},\n"


def _direct(items: Sequence[Item], group: Group) -> None:
    with _driver() as cursor, cursor.copy(f"COPY ontology_thing ({', '.join(THING_COLUMNS)}) FROM STDIN") as stream:
        stream.write(copy_text(thing_rows(group, items)))


def _recordset(items: Sequence[Item], group: Group) -> None:
    rows = [dict(zip(THING_COLUMNS, row, strict=True)) for row in thing_rows(group, items)]
    for row, item in zip(rows, items, strict=True):
        row["group_id"], row["properties"] = str(group.pk), item["properties"]
    with _driver() as cursor:
        cursor.execute(
            f"""INSERT INTO ontology_thing ({", ".join(THING_COLUMNS)}) SELECT * FROM jsonb_to_recordset(%s::jsonb)
                AS item (id uuid, group_id uuid, type text, name text, properties jsonb, status text, external_id text)""",
            [orjson.dumps(rows).decode()],
        )


def _unnest(items: Sequence[Item], group: Group) -> None:
    columns = [list(column) for column in zip(*thing_rows(group, items), strict=True)]
    with _driver() as cursor:
        cursor.execute(
            f"""INSERT INTO ontology_thing ({", ".join(THING_COLUMNS)})
                SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::jsonb[], %s::text[], %s::text[])""",
            columns,
        )


def _executemany(items: Sequence[Item], group: Group) -> None:
    with transaction.atomic(), _driver() as cursor:
        cursor.executemany(
            f"INSERT INTO ontology_thing ({', '.join(THING_COLUMNS)}) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            list(thing_rows(group, items)),
        )


def _driver() -> "psycopg.Cursor[tuple[object, ...]]":
    connection.ensure_connection()
    found: psycopg.Cursor[tuple[object, ...]] = psycopg.Cursor(connection.connection)
    return found
