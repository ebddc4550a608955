"""Tenant keys: COPY of connections into a table with keys on (group, thing), and into the same table with simple keys."""

import random
from functools import partial

from django.db import connection
from psycopg import sql

from ontology.models import Group
from ontology.services.things import things_insert
from tests.benchmarks.copying import copy_into, copy_text
from tests.benchmarks.racing import Call, Contender, race
from tests.benchmarks.records import new_group, thing_items
from tests.benchmarks.report import Goal, Section, ratio_line, yardstick_line

ROWS, THINGS = 200_000, 10_000
SIMPLE, COMPOSITE = "simple_keys", "tenant_keys"
COLUMNS = ("id", "group_id", "from_thing_id", "to_thing_id", "type", "metadata")
_MAKE = f"""
CREATE TABLE IF NOT EXISTS {COMPOSITE} (LIKE ontology_connection INCLUDING ALL,
    FOREIGN KEY (group_id, from_thing_id) REFERENCES ontology_thing (group_id, id),
    FOREIGN KEY (group_id, to_thing_id) REFERENCES ontology_thing (group_id, id));
CREATE TABLE IF NOT EXISTS {SIMPLE} (LIKE ontology_connection INCLUDING ALL,
    FOREIGN KEY (group_id) REFERENCES ontology_group (id),
    FOREIGN KEY (from_thing_id) REFERENCES ontology_thing (id),
    FOREIGN KEY (to_thing_id) REFERENCES ontology_thing (id));
"""


def measure(rounds: int) -> Section:
    """200,000 connections of one group between 10,000 things, both tables emptied before each round."""
    with connection.cursor() as cursor:
        cursor.execute(_MAKE)
    group = new_group()
    things = things_insert(group, thing_items(THINGS), record=False).created
    text = copy_text(_rows(group, things))
    times = race([Contender(table, ROWS, partial(_copy_call, table, text)) for table in (SIMPLE, COMPOSITE)], max(rounds // 3, 3))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE {}, {}").format(sql.Identifier(SIMPLE), sql.Identifier(COMPOSITE)))
    simple = ("simple keys", times[SIMPLE])
    return Section(
        "Tenant keys",
        [
            yardstick_line(f"COPY of {ROWS:,} connections, simple keys (group, from, to)", times[SIMPLE]),
            ratio_line(f"COPY of {ROWS:,} connections, keys on (group, thing)", times[COMPOSITE], simple, Goal(1.15, "x")),
        ],
    )


def _rows(group: Group, things: list[str]) -> list[tuple[object, ...]]:
    dice = random.Random(ROWS)
    pairs: set[tuple[str, str]] = set()
    while len(pairs) < ROWS:
        pairs.add((dice.choice(things), dice.choice(things)))
    return [(f"{number:032x}", group.pk, start, end, "communicated", "{}") for number, (start, end) in enumerate(sorted(pairs), start=1)]


def _copy_call(table: str, text: bytes) -> Call:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(table)))
    return Call(lambda: copy_into(table, COLUMNS, [text]), partial(_count, table))


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
        (count,) = cursor.fetchone()
    return int(count)
