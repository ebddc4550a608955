"""FileImport: stopped, killed and resumed loads, one process at a time, constant memory, and any order of lines."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as property_settings
from hypothesis import strategies as st

from ontology.choices import BulkMode, OnConflict
from ontology.errors import RunNotResumable, RunTaken
from ontology.models import Connection, Event, Group, Run, RunReject, Thing
from ontology.records import RecordFile
from ontology.services.import_records import Target
from ontology.services.imports import FileImport, ImportOutcome
from tests.addresses import ROOT, surroundings
from tests.factories import make_group
from tests.ontology.loading import WAIT_SECONDS, command, content, written

MEMORY_BYTES_MAX = 300_000_000
MEASURED_LOAD = """
import resource, sys
from pathlib import Path
import django
from config import env
env.act_as("owner")
django.setup()
from ontology.models import Group
from ontology.records import RecordFile
from ontology.services.import_records import Target
from ontology.services.imports import FileImport
outcome = FileImport(RecordFile(Path(sys.argv[1])), Target(Group.objects.get(slug="here"))).run()
status = Path("/proc/self/status")  # a peak of its own; getrusage begins with that of the process that started this one
peak_kb = int(status.read_text().split("VmHWM:")[1].split()[0]) if status.exists() else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(outcome.total, outcome.rejected, peak_kb * 1024)
"""


@pytest.fixture
def records() -> list[dict[str, Any]]:
    """Things, links in a chain, events of which some stand twice, and some bad records between them, in no order."""
    things = [{"kind": "thing", "type": "note", "name": f"Note {n}", "external_id": f"n{n}", "properties": {"n": n}} for n in range(120)]
    links = [{"kind": "connection", "from": f"n{n}", "to": f"n{n + 1}", "type": "part_of"} for n in range(119)]
    events = [{"kind": "event", "type": "content_event", "target": f"n{n % 7}", "timestamp": 1_700_000_000 + n % 90} for n in range(200)]
    bad = [{"kind": "thing", "type": "note", "name": "", "n": n} for n in range(10)]
    knowledge = [{"kind": "knowledge", "type": "label", "text": f"Label {n}"} for n in range(20)]
    mixed = [*things, *links, *events, *bad, *knowledge]
    random.Random(3).shuffle(mixed)
    return mixed


def loading(path: Path, group: Group, **options: Any) -> FileImport:
    return FileImport(RecordFile(path), Target(group, options.pop("on_conflict", OnConflict.ERROR)), **options)


def told(outcome: ImportOutcome) -> dict[str, tuple[int, int, int, int]]:
    return {kind: (tally.created, tally.updated, tally.skipped, tally.rejected) for kind, tally in outcome.tallies.items()}


@pytest.mark.django_db
@pytest.mark.parametrize("stop_after", [1, 2, 3, 5])
def test_file_import__stopped_again_and_again_then_resumed_equals_one_load(tmp_path: Path, records: list[dict[str, Any]], stop_after: int) -> None:
    path = written(tmp_path / "file.ndjson.gz", records)
    whole, parts = make_group(), make_group()
    clean = loading(path, whole, batch_records=50).run()
    run: Run | None = None
    for _ in range(30):
        asked = iter(range(1, 100))
        outcome = loading(path, parts, batch_records=50, should_stop=lambda asked=asked: next(asked) >= stop_after).run(run)
        run = outcome.run
        if outcome.state == "succeeded":
            break
        assert outcome.state == "interrupted"

    assert told(outcome) == told(clean)
    assert run is not None
    run.refresh_from_db()
    assert (run.state, run.done, run.total, run.rejects.count()) == ("succeeded", len(records), len(records), 10)
    one, other = content(whole), content(parts)
    assert [len(event) for event in one["events"]] == [len(event) for event in other["events"]]
    assert {kind: rows for kind, rows in one.items() if kind != "events"} == {kind: rows for kind, rows in other.items() if kind != "events"}
    assert [event[1:] for event in sorted(one["events"], key=lambda e: str(e[1:]))] == [
        event[1:] for event in sorted(other["events"], key=lambda e: str(e[1:]))
    ]


@pytest.mark.django_db
def test_file_import__stopped_atomic_writes_nothing(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    group = make_group()
    path = written(tmp_path / "file.ndjson", records)

    outcome = loading(path, group, mode=BulkMode.ATOMIC, should_stop=lambda: True, batch_records=50).run()

    assert (outcome.state, outcome.written) == ("interrupted", False)
    assert not Thing.objects.in_group(group).exists()


@pytest.mark.django_db
def test_file_import__finished_or_changed_runs_are_not_resumed(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    path = written(tmp_path / "file.ndjson", records)
    group = make_group()
    stopped = loading(path, group, batch_records=50, should_stop=lambda: True).run()
    written(path, records[1:])

    with pytest.raises(RunNotResumable, match="another file"):
        loading(path, group).run(stopped.run)

    written(path, records)
    finished = loading(path, group).run(stopped.run)
    assert finished.run is not None
    finished.run.refresh_from_db()
    with pytest.raises(RunNotResumable, match="is finished"):
        loading(path, group).run(finished.run)


@pytest.mark.django_db
def test_file_import__two_processes_on_one_run(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    path = written(tmp_path / "file.ndjson", records)
    group = make_group()
    stopped = loading(path, group, batch_records=50, should_stop=lambda: True).run()
    before = content(group)
    assert stopped.run is not None
    Run.objects.filter(pk=stopped.run.pk).update(state="running", worker="elsewhere:1:2:3", heartbeat_at=timezone.now())

    with pytest.raises(RunTaken, match="another process"):
        loading(path, group).run(stopped.run)

    assert content(group) == before
    stopped.run.refresh_from_db()
    assert (stopped.run.state, stopped.run.worker) == ("running", "elsewhere:1:2:3")


@pytest.mark.django_db
def test_file_import__batches_are_bounded_by_bytes_too(tmp_path: Path) -> None:
    records = [{"kind": "thing", "type": "note", "name": "N", "properties": {"text": "x" * 900_000}} for _ in range(30)]
    group, batches = make_group(), []

    outcome = loading(written(tmp_path / "file.ndjson.gz", records), group, should_stop=lambda: bool(batches.append(1))).run()

    assert told(outcome) == {"thing": (30, 0, 0, 0)}
    assert len(batches) == 5  # the groups of the file, then four times 8 MB


@pytest.fixture
def _committed(transactional_db: None) -> None:
    make_group(slug="here")
    make_group(slug="there")


def state_of(run_id: str) -> str:
    return Run.objects.get(pk=run_id).state


@pytest.mark.usefixtures("_committed")
def test_load_ontology__killed_in_the_middle_then_resumed_equals_one_load(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    path = written(tmp_path / "file.ndjson", records)
    here, there = Group.objects.get(slug="here"), Group.objects.get(slug="there")
    clean = loading(path, there, batch_records=7).run()
    options, run, kills = ["--group", "here"], None, 0
    for pause in (60, 150, 280, None):
        with command(path, *options, "--batch-size", "7") as process:
            while pause is not None and process.poll() is None:
                run = Run.objects.filter(group=here).first()
                if run is not None and run.done >= pause:
                    process.send_signal(signal.SIGKILL)
                    kills += 1
                    break
                time.sleep(0.01)
            _, said = process.communicate(timeout=WAIT_SECONDS)
        assert "Traceback" not in said
        run = Run.objects.get(group=here)
        options = ["--resume", str(run.pk)]

    assert kills >= 2
    assert run is not None
    assert (run.state, run.done, run.rejects.count()) == ("succeeded", len(records), 10)
    assert {kind: tuple(tally.values()) for kind, tally in run.counts.items()} == told(clean)
    assert Counter(Event.objects.in_group(here).filter(type="content_event").values_list("timestamp", "target__external_id")) == Counter(
        Event.objects.in_group(there).filter(type="content_event").values_list("timestamp", "target__external_id")
    )
    assert {key: rows for key, rows in content(here).items() if key != "events"} == {
        key: rows for key, rows in content(there).items() if key != "events"
    }


@pytest.mark.usefixtures("_committed")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_load_ontology__interrupted_says_how_to_go_on(tmp_path: Path, records: list[dict[str, Any]], number: signal.Signals) -> None:
    path = written(tmp_path / "file.ndjson", records * 4)
    here = Group.objects.get(slug="here")
    with command(path, "--group", "here", "--batch-size", "5") as process:
        while process.poll() is None and not Run.objects.filter(group=here, done__gt=0).exists():
            time.sleep(0.01)
        process.send_signal(number)
        _, said = process.communicate(timeout=WAIT_SECONDS)

    run = Run.objects.get(group=here)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert re.search(rf"Stopped after [\d,]+ of {len(records) * 4:,} records.*--resume {run.pk}", said, re.DOTALL)
    assert run.state == "interrupted"
    assert run.done % 5 == 0
    assert Thing.objects.in_group(here).count() == run.counts["thing"]["created"]


@pytest.mark.usefixtures("_committed")
def test_file_import__memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "file.ndjson"
    with path.open("w") as file:
        for n in range(100_000):
            file.write(json.dumps({"kind": "thing", "type": "note", "name": f"Note {n}", "external_id": f"n{n}"}) + "\n")
            file.write(json.dumps({"kind": "event", "type": "content_event", "target": f"n{n}", "timestamp": 1_700_000_000 + n}) + "\n")

    measured = subprocess.run(
        [sys.executable, "-c", MEASURED_LOAD, str(path)], env=surroundings(), cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )

    assert measured.returncode == 0, measured.stderr
    total, rejected, peak = (int(word) for word in measured.stdout.split())
    assert (total, rejected) == (200_000, 0)
    assert peak < MEMORY_BYTES_MAX


NAMES = st.sampled_from("abcdef")
THINGS = st.fixed_dictionaries({"kind": st.just("thing"), "type": st.just("note"), "name": NAMES, "external_id": NAMES})
LINKS = st.fixed_dictionaries({"kind": st.just("connection"), "type": st.just("transacted"), "from": NAMES, "to": NAMES})
EVENTS = st.fixed_dictionaries({"kind": st.just("event"), "type": st.just("content_event"), "target": NAMES, "timestamp": st.integers(0, 3)})


class Naive:
    """What a load of records with `skip` must leave: by the first thing of a name, then links and events between what is there."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self.things: dict[str, str] = {}
        for record in (record for record in records if record["kind"] == "thing"):
            self.things.setdefault(record["external_id"], record["name"])
        self.links = {(r["from"], r["to"]) for r in records if r["kind"] == "connection" and {r["from"], r["to"]} <= self.things.keys()}
        self.events = Counter((r["target"], r["timestamp"]) for r in records if r["kind"] == "event" and r["target"] in self.things)


@pytest.mark.django_db
@property_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(THINGS, LINKS, EVENTS), max_size=25), st.integers(1, 9))
def test_file_import__any_order_and_batch_size_equals_a_naive_model(records: list[dict[str, Any]], batch: int) -> None:
    group, expected = make_group(slug=f"g{os.urandom(6).hex()}"), Naive(records)
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder) / "file.ndjson", records)
        loading(path, group, on_conflict=OnConflict.SKIP, batch_records=batch).run()
        random.Random(len(records)).shuffle(records)
        again = loading(written(path, records), group, on_conflict=OnConflict.SKIP, batch_records=10_000).run()

    assert sum(tally.created for tally in again.tallies.values()) == 0
    assert dict(Thing.objects.in_group(group).values_list("external_id", "name")) == expected.things
    assert set(Connection.objects.in_group(group).values_list("from_thing__external_id", "to_thing__external_id")) == expected.links
    found = Event.objects.in_group(group).filter(type="content_event").values_list("target__external_id", "timestamp")
    assert Counter((target, int(moment.timestamp())) for target, moment in found) == expected.events


@pytest.mark.django_db
def test_file_import__event_without_a_moment_is_rejected(tmp_path: Path) -> None:
    group = make_group()
    path = written(tmp_path / "file.ndjson", [{"kind": "event", "type": "content_event"}])

    outcome = loading(path, group).run()

    assert told(outcome) == {"event": (0, 0, 0, 1)}
    assert [problem["code"] for reject in RunReject.objects.filter(run=outcome.run) for problem in reject.problems] == ["missing"]
