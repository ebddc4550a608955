"""A large file through the command that operators use, beside raw COPY of the same rows."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
from django.db import connection, transaction

from ontology.models import Connection, Event, Group, Thing
from tests.addresses import surroundings
from tests.benchmarks.copying import copy_into
from tests.benchmarks.database import watcher
from tests.benchmarks.history import History
from tests.benchmarks.racing import WrongRows
from tests.benchmarks.records import CONNECTION_COLUMNS, EVENT_COLUMNS, THING_COLUMNS, new_group
from tests.benchmarks.report import Goal, Line, Section

ROOT = Path(__file__).resolve().parents[2]
LOOK_EVERY_SECONDS = 0.05
TENTHS = 10
FIRST_LINKED_TENTH = 3
"""Things are the first three tenths, and quicker; a rate is constant when the last tenth is as quick as the first one of connections and events."""
MEMORY_GOAL, RATE_GOAL = Goal(300, "MB"), Goal(0.9, "x", at_most=False)
TABLES = (("ontology_thing", THING_COLUMNS), ("ontology_connection", CONNECTION_COLUMNS), ("ontology_event", EVENT_COLUMNS))


@dataclass(slots=True)
class _Load:
    """What was seen of a load: when how many records were committed, from the first batch on; the peak of memory in bytes; seconds in all."""

    begun: float
    marks: list[tuple[float, int]] = field(default_factory=list)
    peak: int = 0
    seconds: float = 0.0

    def moment(self, done: float) -> float:
        """When DONE records were committed, read off between two marks."""
        for (before, fewer), (after, more) in zip(self.marks, self.marks[1:], strict=False):
            if more >= done:
                return before + (after - before) * (done - fewer) / (more - fewer)
        return self.marks[-1][0]

    def rate(self, records: int, part: int, parts: int) -> float:
        """Records a second in one of equal PARTS of the file, counted from 0."""
        return records / parts / (self.moment(records * (part + 1) / parts) - self.moment(records * part / parts))


def measure(records: int, url: str) -> Section:
    """Three kinds over 36 months: 30 % things, 30 % connections, 40 % events, each after what it names."""
    with tempfile.TemporaryDirectory() as folder:
        history = History(Path(folder), records)
        group = new_group()
        history.write_records()
        load = _loaded(history.file, group, url, records)
        _check(group, history)
        _empty()
        alone = new_group()
        single = _loaded(history.file, alone, url, records, "--parallel", "1")
        _check(alone, history)
        _empty()
        other = new_group()
        copied = _copied(history.write_rows(other))
        _check(other, history)
        size = history.file.stat().st_size
    return _section(load, single, records, size, copied)


def _loaded(file: Path, group: Group, url: str, records: int, *options: str) -> _Load:
    batch = min(10_000, records // 100)
    command = [sys.executable, "manage.py", "load_ontology", str(file), "--group", group.slug, "--batch-size", str(batch), *options]
    load = _Load(time.perf_counter())
    with watcher(url) as looking, tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=ROOT, env=surroundings(), stdout=said, stderr=said)
        try:
            while process.poll() is None:
                _look(load, process.pid, group, looking)
                time.sleep(LOOK_EVERY_SECONDS)
        finally:
            process.kill()
            process.wait()
        load.seconds = time.perf_counter() - load.begun
        if process.returncode:
            said.seek(0)
            raise WrongRows(said.read().decode())
    return load


def _look(load: _Load, pid: int, group: Group, looking: "psycopg.Connection[tuple[object, ...]]") -> None:
    load.peak = max(load.peak, _memory(pid))
    row = looking.execute("SELECT done FROM ontology_run WHERE group_id = %s", [group.pk]).fetchone()
    done = int(str(row[0])) if row else None
    if done is not None and (not load.marks or done > load.marks[-1][1]):
        load.marks.append((time.perf_counter(), done))


def _memory(pid: int) -> int:
    """The most memory a process ever had, in bytes; where the system does not keep that, what it has now."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        peaks = [int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")]
        return peaks[0] if peaks else 0
    except OSError:
        try:
            return int(psutil.Process(pid).memory_info().rss)
        except psutil.NoSuchProcess:
            return 0


def _copied(files: Sequence[Path]) -> float:
    """Seconds of COPY of the same rows on one connection, a transaction for each table."""
    begun = time.perf_counter()
    for (table, columns), path in zip(TABLES, files, strict=True):
        with path.open("rb") as rows:
            copy_into(table, columns, iter(lambda: rows.read(1 << 18), b""))
    return time.perf_counter() - begun


def _empty() -> None:
    """Lets raw COPY begin as the load did, with empty tables and indexes; the partitions stay."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('sextant.event_decision', 'migration', true)")
        cursor.execute(
            "TRUNCATE ontology_thing, ontology_connection, ontology_event, ontology_knowledge, ontology_thingknowledge, ontology_membership"
        )


def _check(group: Group, history: History) -> None:
    found = tuple(model.objects.filter(group=group).count() for model in (Thing, Connection, Event))
    if found != history.counts:
        raise WrongRows(f"The file's things, connections and events are {history.counts}, the table's {found}.")


def _section(load: _Load, single: _Load, records: int, size: int, copied: float) -> Section:
    rates = [load.rate(records, tenth, TENTHS) for tenth in range(TENTHS)]
    steady = rates[-1] / rates[FIRST_LINKED_TENTH]
    peak = load.peak / 1e6
    reading = load.marks[0][0] - load.begun
    lines = [
        Line(f"COPY of {records:,} rows, one stream", f"{copied:,.1f} s", ratio="1"),
        Line(
            f"load_ontology of {records:,} records ({size / 1e6:.0f} MB .ndjson.gz)",
            f"{load.seconds:,.1f} s",
            yardstick="that COPY",
            ratio=f"{load.seconds / copied:.2f}",
        ),
        Line(
            "the same with one stream (--parallel 1)",
            f"{single.seconds:,.1f} s",
            yardstick="batches side by side",
            ratio=f"{single.seconds / load.seconds:.2f}",
        ),
        Line(
            "its rate, last tenth of the records",
            f"{rates[-1]:,.0f} / s",
            yardstick="fourth tenth",
            ratio=f"{steady:.2f}",
            goal=RATE_GOAL.text,
            met=RATE_GOAL.verdict(steady),
        ),
        Line("its memory, at the most", f"{peak:,.0f} MB", goal=MEMORY_GOAL.text, met=MEMORY_GOAL.verdict(peak)),
    ]
    remarks = [
        f"{records / load.seconds:,.0f} records a second over all, {reading:.1f} s of it before the first batch (start, fingerprint, first reading of the file).",
        "Records a second in each tenth of the records, things first, then connections and events as the file has them: "
        + ", ".join(f"{rate:,.0f}" for rate in rates)
        + ".",
    ]
    return Section("A large file", lines, remarks)
