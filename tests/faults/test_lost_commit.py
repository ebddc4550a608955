"""The answer to COMMIT is lost: nobody was told, yet it is done. A request that is repeated with its Idempotency-Key has one effect."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ontology.models import Event, Group, Run, Thing
from tests.addresses import ROOT, address, surroundings
from tests.factories import make_group, make_membership
from tests.network import CommitLine, losing_commits
from tests.ontology.api.client import make_token
from tests.ontology.loading import load, written
from tests.serving import THREADS, serving

pytestmark = pytest.mark.django_db(transaction=True)
NOTE = {"type": "note", "name": "Made once"}
AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client was told; status 0 when the connection broke."""

    status: int
    replayed: bool = False
    body: bytes = b""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Far:
    """A group behind a server whose line to the database can lose an answer."""

    group: Group
    place: str
    token: str
    line: CommitLine

    def post(self, key: str | None = None) -> Answer:
        """Makes the note."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        asked = urllib.request.Request(f"{self.place}/api/v1/groups/{self.group.slug}/things/", json.dumps(NOTE).encode(), headers)
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return Answer(answer.status, answer.headers.get("Idempotency-Replayed") == "true", answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.code, code=json.load(refused)["code"])
        except (urllib.error.URLError, HTTPException, ConnectionError):
            return Answer(0)

    def effects(self) -> tuple[int, int]:
        """Things, and events of their making."""
        made: Any = Event.objects.filter(group=self.group, type="thing_created")
        return Thing.objects.filter(group=self.group).count(), made.count()


@pytest.fixture
def far() -> Iterator[Far]:
    group = make_group()
    token = make_token(make_membership(group, role="group_owner").person)
    server_port = urlsplit(address("app")).port
    assert server_port is not None
    with losing_commits(server_port) as (line, port), serving(THREADS, port) as place:
        yield Far(group, place, token, line)


def lost(far: Far, key: str | None) -> Answer:
    """What a client is told whose COMMIT was done and not answered."""
    far.line.armed = 2  # the first counts the call, the second is of the work
    first = far.post(key)
    assert far.line.broken == 1
    assert far.effects() == (1, 1)
    return first


def test_lost_commit__repeated_with_its_key_has_one_effect(far: Far) -> None:
    first = lost(far, "k-1")
    again = far.post("k-1")
    once_more = far.post("k-1")

    assert (first.status, first.code) in {(503, "unavailable"), (0, "")}
    assert (again.status, again.replayed) == (201, True)
    assert json.loads(again.body)["id"] == str(Thing.objects.get(group=far.group).pk)
    assert once_more == again
    assert far.effects() == (1, 1)


def test_lost_commit__repeated_without_a_key_has_two(far: Far) -> None:
    """The control: without the key the repetition makes another row."""
    lost(far, None)

    assert far.post().status == 201
    assert far.effects() == (2, 2)


def test_key__sent_twenty_times_at_once_has_one_effect(far: Far) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: far.post("k-1"), range(AT_ONCE)))

    assert {(answer.status, answer.body) for answer in answers} == {(201, answers[0].body)}
    assert sum(answer.replayed for answer in answers) == AT_ONCE - 1
    assert far.effects() == (1, 1)


def test_import__answer_to_a_chunks_commit_lost_then_resumed_writes_each_row_once(tmp_path: Path) -> None:
    """Row 27 of the bar for long work: whether the chunk was committed stands in the run's row, not in an answer."""
    group = make_group(slug="here")
    path = written(tmp_path / "file.ndjson", [{"kind": "thing", "type": "note", "name": f"{n}", "external_id": f"n{n}"} for n in range(2_000)])
    server_port = urlsplit(address("owner")).port
    assert server_port is not None
    with losing_commits(server_port) as (line, port):
        there = {name: url.replace(f":{server_port}/", f":{port}/") for name, url in surroundings().items() if name.startswith("DATABASE_")}
        command = [sys.executable, "manage.py", "load_ontology", str(path), "--group", "here", "--batch-size", "50"]
        with subprocess.Popen(command, cwd=ROOT, env={**surroundings(), **there}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            while process.poll() is None and not line.broken:
                run = Run.objects.first()
                if run is not None and run.done > 200:
                    line.armed = 1
                    break
                time.sleep(0.01)
            said, _ = process.communicate(timeout=60)

    assert line.broken == 1, said
    run = Run.objects.get()
    assert (run.state, process.returncode != 0) == ("interrupted", True), said
    assert Thing.objects.in_group(group).count() == run.done
    load(path, "--resume", str(run.pk), "--batch-size", "50")
    run.refresh_from_db()
    assert (run.state, run.done, run.rejects.count()) == ("succeeded", 2_000, 0)
    assert Thing.objects.in_group(group).count() == 2_000
