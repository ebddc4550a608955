"""Events: calls of 10,000 into the partition of one month."""

import random
from functools import partial

import orjson

from ontology.models import Event, Group
from ontology.services.events import events_insert
from ontology.services.record import partitions_ensure
from ontology.services.things import things_insert
from tests.benchmarks.copying import copy_into, copy_text
from tests.benchmarks.racing import Call, Contender, race
from tests.benchmarks.records import EVENT_COLUMNS, Item, event_item, event_rows, month_moments, new_group, thing_items
from tests.benchmarks.report import Section, ratio_line, yardstick_line

ROWS, THINGS = 10_000, 1_000
COPY, OURS = "COPY", "ours"


def measure(rounds: int) -> Section:
    """Events of one month on 1,000 things, actor and target named by external_id."""
    things, moments, dice = thing_items(THINGS), month_moments(ROWS), random.Random(ROWS)
    partitions_ensure(moments[:1])
    keys = [item["external_id"] for item in things]
    items = [event_item(dice.choice(keys), dice.choice(keys), moment, dice) for moment in moments]
    text = orjson.dumps(items)
    times = race([Contender(COPY, ROWS, partial(_copy_call, things, items)), Contender(OURS, ROWS, partial(_insert_call, things, text))], rounds)
    copy = (f"COPY of {ROWS:,}", times[COPY])
    return Section(
        "Events", [yardstick_line(f"COPY of {ROWS:,} events", times[COPY]), ratio_line(f"events_insert of {ROWS:,} events", times[OURS], copy)]
    )


def _group_with(things: list[Item]) -> tuple[Group, dict[str, str]]:
    group = new_group()
    created = things_insert(group, things, record=False).created
    return group, {item["external_id"]: id_ for item, id_ in zip(things, created, strict=True)}


def _copy_call(things: list[Item], items: list[Item]) -> Call:
    group, ids = _group_with(things)
    text = copy_text(event_rows(group, items, ids))
    return Call(lambda: copy_into("ontology_event", EVENT_COLUMNS, [text]), Event.objects.in_group(group).count)


def _insert_call(things: list[Item], text: bytes) -> Call:
    group, _ = _group_with(things)
    return Call(partial(_insert, text, group), Event.objects.in_group(group).count, group)


def _insert(text: bytes, group: Group) -> None:
    events_insert(group, orjson.loads(text))
