"""Things: ours against raw COPY and bulk_create, by the size of the call."""

from collections.abc import Callable, Sequence
from functools import partial

import orjson
from django.db import connection, transaction

from ontology.models import Group, Thing
from ontology.services.things import things_insert
from tests.benchmarks.copying import copy_into, copy_text
from tests.benchmarks.racing import Call, Contender, race
from tests.benchmarks.records import THING_COLUMNS, Item, new_group, thing_items, thing_rows
from tests.benchmarks.report import Goal, Line, Section, ratio_line, yardstick_line

COPY, OURS, BULK_CREATE = "COPY", "ours", "bulk_create"
SIZES = (10_000, 1_000, 100, 1)


def measure(rounds: int) -> Section:
    """Inserts of 10,000, 1,000, 100 and 1; small ones repeat more often, because a commit's fsync varies more than the rest takes."""
    lines: list[Line] = []
    for size in SIZES:
        lines += _lines(size, rounds if size > 1_000 else 3 * rounds)
    return Section("Things", lines)


def _lines(size: int, rounds: int) -> list[Line]:
    items = thing_items(size)
    text = orjson.dumps(items)
    times = race(
        [
            Contender(COPY, size, partial(copy_call, items)),
            Contender(OURS, size, partial(things_call, partial(_insert, text), bound=True)),
            Contender(BULK_CREATE, size, partial(things_call, partial(_bulk_create, text))),
        ],
        rounds,
    )
    whole = size == SIZES[0]
    count = f"{size:,} things" if size > 1 else "1 thing"
    copy = (f"COPY of {size:,}", times[COPY])
    return [
        yardstick_line(f"COPY of {count}", times[COPY]),
        ratio_line(f"things_insert of {count}", times[OURS], copy, Goal(1.5, "x") if whole else None),
        ratio_line(
            f"things_insert of {count}",
            times[OURS],
            (f"bulk_create of {size:,}", times[BULK_CREATE]),
            Goal(4, "times faster", at_most=False) if whole else None,
            inverse=True,
        ),
        ratio_line(f"bulk_create of {count}", times[BULK_CREATE], copy),
    ]


def things_call(write: Callable[[Group], object], group: Group | None = None, *, bound: bool = False) -> Call:
    """A call, BOUND by row-level security or not, that writes things into a group of its own; the trigram index starts without rows left over to sort in."""
    group = group or new_group()
    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list('thing_name_search')")
    return Call(partial(write, group), Thing.objects.in_group(group).count, group if bound else None)


def copy_call(items: Sequence[Item]) -> Call:
    """The yardstick: COPY of ITEMS, formatted before the clock starts."""
    group = new_group()
    text = copy_text(thing_rows(group, items))
    return things_call(lambda _: copy_into("ontology_thing", THING_COLUMNS, [text]), group)


def _insert(text: bytes, group: Group) -> None:
    things_insert(group, orjson.loads(text), default_status="active")


def _bulk_create(text: bytes, group: Group) -> None:
    with transaction.atomic():
        Thing.objects.bulk_create([Thing(group=group, status="active", **item) for item in orjson.loads(text)])
