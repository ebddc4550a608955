"""A large file of records made on the fly: a community's history over 36 months, in the order of time, as exports are."""

import gzip
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson

from ontology.ids import uuid7_batch
from ontology.models import Group
from ontology.services.record import partitions_ensure
from tests.benchmarks.copying import copy_text
from tests.benchmarks.records import Item, event_item, thing_item

FIRST_SECOND = datetime(2021, 1, 1, tzinfo=UTC).timestamp()
SECONDS = 36 * 30.4375 * 86_400
PATTERN = ("thing", "event", "thing", "event", "thing", "connection", "event", "connection", "event", "connection")
"""The kinds of ten records in a row: 30 % things, 30 % connections, 40 % events."""
LINES_A_PART = 5_000


class History:
    """A file of RECORDS records in FOLDER; two runs make the same."""

    def __init__(self, folder: Path, records: int) -> None:
        self.folder, self.records = folder, records
        self.file = folder / "history.ndjson.gz"

    @property
    def counts(self) -> tuple[int, int, int]:
        """Things, connections and events of the file."""
        turns = self.records // len(PATTERN)
        return 3 * turns, 3 * turns, 4 * turns

    def write_records(self) -> None:
        """Makes the file."""
        with gzip.open(self.file, "wb", compresslevel=1) as file:
            lines: list[bytes] = []
            for kind, item in self._items():
                lines.append(orjson.dumps({"kind": kind, **item}))
                if len(lines) == LINES_A_PART:
                    file.write(b"\n".join(lines) + b"\n")
                    lines.clear()
            file.write(b"\n".join(lines) + b"\n" if lines else b"")

    def write_rows(self, group: Group) -> tuple[Path, Path, Path]:
        """The same rows formatted for COPY, a file for each table, with ids of their own; their partitions are there."""
        months = [datetime.fromtimestamp(FIRST_SECOND + SECONDS * month / 36, UTC) for month in range(37)]
        partitions_ensure(months)
        paths = self.folder / "things", self.folder / "connections", self.folder / "events"
        names: dict[str, str] = {}
        with paths[0].open("wb") as things, paths[1].open("wb") as connections, paths[2].open("wb") as events:
            for (kind, item), id_ in zip(self._items(), self._ids(), strict=True):
                properties = orjson.dumps(item.get("properties") or item.get("metadata") or {}).decode()
                if kind == "thing":
                    names[item["external_id"]] = id_
                    things.write(copy_text([(id_, group.pk, item["type"], item["name"], properties, "active", item["external_id"])]))
                elif kind == "connection":
                    ends = names[item["from"]], names[item["to"]]
                    connections.write(copy_text([(id_, group.pk, *ends, item["type"], properties, item["strength"])]))
                else:
                    ends = names[item["actor"]], names[item["target"]]
                    events.write(copy_text([(group.pk, id_, item["type"], *ends, None, item["timestamp"], properties, None)]))
        return paths

    def _ids(self) -> Iterator[str]:
        made = 0
        while made < self.records:
            count = min(10_000, self.records - made)
            yield from uuid7_batch(count)
            made += count

    def _items(self) -> Iterator[tuple[str, Item]]:
        """The records in the order of time; links and events name things that came before, the recent ones more often."""
        dice = random.Random(self.records)
        names: list[str] = []
        posts: list[str] = []
        linked: set[tuple[str, str]] = set()
        for place in range(self.records - self.records % len(PATTERN)):
            kind = PATTERN[place % len(PATTERN)]
            moment = datetime.fromtimestamp(FIRST_SECOND + SECONDS * place / self.records, UTC)
            if kind == "thing":
                item = thing_item(len(names), dice)
                names.append(item["external_id"])
                if item["type"] == "blog_post":
                    posts.append(item["external_id"])
                yield kind, item
            elif kind == "connection":
                start, end = _fresh_link(posts, linked, dice)
                yield kind, {"from": start, "to": end, "type": "references", "metadata": {"place": place}, "strength": 0.5}
            else:
                yield kind, event_item(_earlier(names, dice), _earlier(names, dice), moment, dice)


def _earlier(names: list[str], dice: random.Random) -> str:
    """One of NAMES, from the last ones more often than from the first."""
    return names[int(len(names) * dice.random() ** 0.5)]


def _fresh_link(posts: list[str], linked: set[tuple[str, str]], dice: random.Random) -> tuple[str, str]:
    """From one of the two newest POSTS to any, and to none that it is LINKED with already."""
    while (link := (dice.choice(posts[-2:]), _earlier(posts, dice))) in linked:
        pass
    linked.add(link)
    return link
