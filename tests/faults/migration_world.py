"""A migration with people at work beside it: writers of eight processes, a reader who looks for half rows, and what they were told."""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from ontology.models import Connection, ConnectionType, Event, Group, Thing
from tests.addresses import ROOT, address, surroundings
from tests.factories import make_membership, make_person
from tests.faults.migration_writers import LINK
from tests.ontology.api.client import make_token

WRITERS, WAIT_SECONDS = 8, 120
WRITER = "migration_writer"
"""The name of the writers' sessions."""
HALF_ROWS = """
SELECT 'thing', id FROM ontology_thing
    WHERE schema_version = 1 AND (group_id IS NULL OR name !~ '\\S' OR jsonb_typeof(properties) <> 'object') OR schema_version = 0 AND group_id IS NOT NULL
UNION ALL SELECT 'connection', c.id FROM ontology_connection AS c WHERE c.group_id IS NOT NULL AND (jsonb_typeof(c.metadata) <> 'object'
    OR 2 <> (SELECT count(*) FROM ontology_thing AS t, unnest(ARRAY[c.from_thing_id, c.to_thing_id]) AS e (id) WHERE t.id = e.id AND t.group_id = c.group_id))
UNION ALL SELECT 'event', e.id FROM ontology_event AS e WHERE e.group_id IS NOT NULL AND (jsonb_typeof(e.metadata) <> 'object'
    OR e.actor_id IS NOT NULL AND NOT EXISTS (SELECT FROM ontology_thing AS t WHERE t.id = e.actor_id AND t.group_id = e.group_id)
    OR e.target_id IS NOT NULL AND NOT EXISTS (SELECT FROM ontology_thing AS t WHERE t.id = e.target_id AND t.group_id = e.group_id))
UNION ALL SELECT 'link', w.id FROM ontology_thingknowledge AS w WHERE w.group_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM ontology_knowledge AS k WHERE k.id = w.knowledge_id AND k.group_id = w.group_id)
"""


@dataclass
class World:
    """What writers and the reader met."""

    folder: Path
    acts: list[dict[str, Any]] = field(default_factory=list)
    half_rows: list[Any] = field(default_factory=list)
    looks: int = 0
    longest_look_ms: float = 0.0

    @property
    def counts(self) -> Counter[str]:
        return Counter(act["act"] for act in self.acts)

    @property
    def failures(self) -> list[str]:
        return [path.read_text() for path in self.folder.glob("*.failed")]

    def told(self) -> list[dict[str, Any]]:
        """What was acknowledged so far, in order of each writer."""
        found = []
        for path in sorted(self.folder.glob("*.log")):
            text = path.read_text()
            found += [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]
        return found

    def stall_ms(self, share: float, since: float, until: float) -> int:
        """How long the slowest act of a SHARE of them took, of those that ended between two moments."""
        times = sorted(act["ms"] for act in self.acts if since <= act.get("at", 0.0) <= until)
        return int(times[min(len(times) - 1, int(len(times) * share))]) if times else 0

    def lost(self) -> list[dict[str, Any]]:
        """Acknowledged acts of which the rows say nothing."""
        things = {
            str(pk): (name, properties) for pk, name, properties in Thing.objects.filter(schema_version=1).values_list("pk", "name", "properties")
        }
        links = set(map(str, Connection.objects.filter(group__isnull=False).values_list("pk", flat=True)))
        events = set(map(str, Event.objects.filter(group__isnull=False).values_list("pk", flat=True)))
        last = {act["id"]: act["mark"] for act in self.acts if act["act"] == "change"}
        gone = [act for act in self.acts if act["act"] == "make" and things.get(act["id"], ("",))[0] != act["mark"]]
        gone += [act for act in self.acts if act["act"] == "connect" and act["id"] not in links]
        gone += [act for act in self.acts if act["act"] == "happen" and act["id"] not in events]
        return gone + [{"act": "change", "id": thing} for thing, mark in last.items() if things.get(thing, ("", {}))[1].get("mark") != mark]


@contextmanager
def at_work(folder: Path, group: Group, *, pause: float = 0.0, writers: int = WRITERS) -> Iterator[World]:
    """Writers in GROUP and a reader everywhere; all have ended, and their acts are known, when the block is left."""
    owner, world, stop = make_person(), World(folder), threading.Event()
    make_membership(group, owner, role="group_owner")
    ConnectionType.objects.get_or_create(name=LINK, defaults={"category": "tests", "description": "Of tests."})
    job = {"group": str(group.pk), "slug": group.slug, "token": make_token(owner), "writers": writers, "pause": pause}
    (folder / "job.json").write_text(json.dumps(job))
    given = {
        **surroundings(),
        "ALLOWED_HOSTS": "testserver",
        "PLAIN_HTTP": "1",
        "LOG_LEVEL": "ERROR",
        "PYTHONWARNINGS": "ignore",
        "PGAPPNAME": WRITER,
    }
    running = subprocess.Popen([sys.executable, "-m", "tests.faults.migration_writers", str(folder)], cwd=ROOT, env=given)
    reader = threading.Thread(target=_reads, args=(world, stop))
    try:
        until(lambda: _warm(folder, writers), "the writers do not write", world)
        reader.start()
        yield world
    finally:
        (folder / "stop").touch()
        stop.set()
        running.wait(WAIT_SECONDS)
        if reader.is_alive():
            reader.join()
        world.acts = world.told()


def _warm(folder: Path, writers: int) -> bool:
    """Whether every writer has done its first acts, which take seconds where a door is imported."""
    logs = list(folder.glob("*.log"))
    return len(logs) == writers and all(len(log.read_text().splitlines()) > 2 for log in logs)


def _reads(world: World, stop: threading.Event) -> None:
    with psycopg.connect(address("owner"), autocommit=True) as session:
        while not stop.is_set():
            began = time.monotonic()
            world.half_rows += session.execute(HALF_ROWS).fetchall()
            world.looks += 1
            world.longest_look_ms = max(world.longest_look_ms, round(1000 * (time.monotonic() - began), 1))
            stop.wait(0.02)


def until(condition: Any, why: str, world: World | None = None) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{why} {world.failures if world else ''}"
        time.sleep(0.02)
