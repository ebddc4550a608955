"""Connections: calls of 1,000, also of an acyclic type beside a long chain."""

from collections.abc import Callable
from functools import partial
from itertools import count
from uuid import UUID

import orjson

from ontology.ids import uuid7
from ontology.models import Connection, Group
from ontology.services.connections import connections_insert
from ontology.services.things import things_insert
from tests.benchmarks.copying import copy_into, copy_text
from tests.benchmarks.racing import Call, Contender, race
from tests.benchmarks.records import CONNECTION_COLUMNS, connection_rows, new_group
from tests.benchmarks.report import Goal, Line, Section, time_line, yardstick_line

ROWS, THINGS = 1_000, 10_000
COPY, OURS = "COPY", "ours"
GOAL = Goal(100, "ms")


def measure(rounds: int) -> Section:
    """Links between 10,000 articles, half of the ends by id and half by external_id."""
    lines: list[Line] = []
    for type_name, words in (("references", "connections"), ("part_of", f"acyclic connections along a chain of {THINGS:,}")):
        table = _Articles(type_name)
        times = race([Contender(COPY, ROWS, table.copy_call), Contender(OURS, ROWS, table.insert_call)], rounds)
        lines.append(yardstick_line(f"COPY of {ROWS:,} {words}", times[COPY]))
        lines.append(time_line(f"connections_insert of {ROWS:,} {words}", times[OURS], (f"COPY of {ROWS:,}", times[COPY]), GOAL))
    return Section("Connections", lines)


class _Articles:
    """A group of articles in a chain; every call links others of them, and finds those of the call before removed."""

    def __init__(self, type_name: str) -> None:
        self.type = type_name
        self.group: Group = new_group()
        text = [
            {"type": "blog_post", "name": f"Article {n}", "properties": {"title": "", "content": ""}, "external_id": f"article-{n}"}
            for n in range(THINGS)
        ]
        self.ids = things_insert(self.group, text).created
        chain = [{"from": start, "to": end, "type": type_name} for start, end in zip(self.ids, self.ids[1:], strict=False)]
        connections_insert(self.group, chain)
        self._strides = count(2)
        self._since: UUID = uuid7()

    def copy_call(self) -> Call:
        links = [(self.ids[start], self.ids[end]) for start, end in self._pairs()]
        text = copy_text(connection_rows(self.group, links, self.type))
        return self._call(lambda: copy_into("ontology_connection", CONNECTION_COLUMNS, [text]))

    def insert_call(self) -> Call:
        items = [
            {"from": self.ids[start], "to": f"article-{end}", "type": self.type, "metadata": {"note": "bench"}, "strength": 0.5}
            for start, end in self._pairs()
        ]
        return self._call(partial(self._insert, orjson.dumps(items)), self.group)

    def _pairs(self) -> list[tuple[int, int]]:
        """Pairs that lead forward along the chain, so that none closes a cycle; no pair comes twice."""
        stride = next(self._strides)
        return [(start, start + stride) for start in range(0, THINGS - stride, (THINGS - stride) // ROWS)][:ROWS]

    def _insert(self, text: bytes) -> None:
        connections_insert(self.group, orjson.loads(text))

    def _call(self, run: Callable[[], None], group: Group | None = None) -> Call:
        written = Connection.objects.filter(group=self.group, pk__gt=self._since)
        written.delete()
        return Call(run, written.count, group)
