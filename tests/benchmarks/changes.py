"""Changes of things: calls of 1,000, each with its event."""

import random
from functools import partial
from itertools import count

import orjson
from django.db import connection, transaction
from django.utils import timezone

from ontology.ids import uuid7_batch
from ontology.models import Event, Group
from ontology.services.record import partitions_ensure
from ontology.services.thing_changes import things_update
from ontology.services.things import things_insert
from tests.benchmarks.copying import copy_into, copy_text
from tests.benchmarks.racing import Call, Contender, race
from tests.benchmarks.records import EVENT_COLUMNS, new_group, thing_items
from tests.benchmarks.report import Goal, Section, time_line, yardstick_line

ROWS, THINGS = 1_000, 10_000
BARE, OURS = "bare", "ours"
BARE_UPDATE = "UPDATE ontology_thing SET properties = new.properties FROM unnest(%s::uuid[], %s::jsonb[]) AS new (id, properties) WHERE ontology_thing.id = new.id"


def measure(rounds: int) -> Section:
    """A changed price or text in 1,000 of 10,000 things, chosen anew for every call."""
    table = _Things()
    times = race([Contender(BARE, ROWS, table.bare_call), Contender(OURS, ROWS, table.update_call)], rounds)
    words = f"UPDATE of {ROWS:,} things and COPY of their events"
    return Section(
        "Changes",
        [
            yardstick_line(words, times[BARE]),
            time_line(f"things_update of {ROWS:,} things with their events", times[OURS], ("those two", times[BARE]), Goal(100, "ms")),
        ],
    )


class _Things:
    """A group of things that calls change again and again."""

    def __init__(self) -> None:
        self.group = new_group()
        self.items = thing_items(THINGS)
        self.ids = things_insert(self.group, self.items).created
        self._turns = count(1)
        partitions_ensure([timezone.now()])

    def bare_call(self) -> Call:
        turn, now = next(self._turns), timezone.now()
        places = random.sample(range(THINGS), ROWS)
        ids = [self.ids[place] for place in places]
        texts = [orjson.dumps({**self.items[place]["properties"], "turn": turn}).decode() for place in places]
        events = copy_text(
            (self.group.pk, event_id, "thing_updated", None, id_, None, now, f'{{"changes": ["properties"], "old": {text}, "new": {text}}}', None)
            for event_id, id_, text in zip(uuid7_batch(ROWS), ids, texts, strict=True)
        )
        return self._call(partial(self._bare, ids, texts, events))

    def update_call(self) -> Call:
        turn = next(self._turns)
        items = [{"id": self.ids[place], "properties": {"turn": turn}, "merge": True} for place in random.sample(range(THINGS), ROWS)]
        return self._call(partial(self._update, orjson.dumps(items)), self.group)

    def _bare(self, ids: list[str], texts: list[str], events: bytes) -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(BARE_UPDATE, [ids, texts])
            copy_into("ontology_event", EVENT_COLUMNS, [events])

    def _update(self, text: bytes) -> None:
        things_update(self.group, orjson.loads(text))

    def _call(self, run: "partial[None]", group: Group | None = None) -> Call:
        written = Event.objects.filter(group=self.group, type="thing_updated")
        before = written.count()
        return Call(run, lambda: written.count() - before, group)
