"""An import as long work: the chunks of a file, and what becomes of its records."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction

from ontology.choices import BulkMode, OnConflict, RunState
from ontology.errors import ImportRefused
from ontology.models import Run, RunReject
from ontology.services.bulk import TakenBack
from ontology.services.catalogue import catalogue_current
from ontology.services.import_places import Places
from ontology.services.import_reading import BATCH_RECORDS, ReadBatch, Reading
from ontology.services.import_records import RecordWriter, Reject, Tally, Target
from ontology.services.record import platform_record
from ontology.services.run_writes import writes_keep
from ontology.services.runs.job import Chunk, Job, StoppedWithin
from ontology.services.survey import Survey

WRITERS, WRITERS_MAX = 2, 8
"""Batches written side by side where the order of lines is free: see docs/benchmarks.md."""
METRICS = {"thing": "entities_total", "connection": "connections_total"}
"""The metric that a record of a kind counts towards, so that a run can reserve it."""


@dataclass(slots=True)
class ImportJob(Job):
    """Writes one file into groups: `partial` batch by batch, `atomic` and a dry run as a whole that is taken back where it must be."""

    reading: Reading
    target: Target
    mode: BulkMode = BulkMode.PARTIAL
    dry_run: bool = False
    writers: int = WRITERS
    should_stop: Callable[[], bool] = lambda: False
    rejects: list[Reject] = field(default_factory=list)

    def reaches_every_group(self, run: Run) -> bool:
        """Whoever may load groups may load into any."""
        return "group" in self.target.kinds

    def chunks(self, run: Run) -> Iterator[Chunk]:
        """The groups of the file, then its records, those first that others refer to."""
        found = self.reading.survey()
        run.total = found.total
        if self.mode is BulkMode.ATOMIC or self.dry_run:
            yield self._whole(run, found)
            return
        self.reading.done = run.done
        if not run.cursor:
            yield self._beginning(found)
        acyclic = [name for name, rule in catalogue_current().connections.items() if rule.acyclic]
        free = found.order_is_free(acyclic)
        begun = run.cursor.get("pass", 0)
        for number, kinds in enumerate(found.passes):
            if number >= begun:
                places = Places.told(run.cursor, number)
                batches = self.reading.batches(found, kinds, places, lambda: run.batch_size or BATCH_RECORDS)
                yield from (self._batch(run, read, places, concurrent=free and read.batch.number > 0) for read in batches)

    def finish(self, run: Run) -> dict[str, Any]:
        """The event of the import, when it changed anything, and its tallies."""
        changed = sum(tally["created"] + tally["updated"] for tally in run.counts.values())
        if changed and not self.dry_run:
            group = self.target.group.slug if self.target.group else None
            platform_record(
                "batch_import", actor=self.target.actor, metadata={"run": str(run.pk), "group": group, "counts": run.counts, **run.parameters}
            )
        return {"rejected": sum(tally["rejected"] for tally in run.counts.values()), "written": not self.dry_run}

    def told(self, run: Run) -> str:
        """Which lines are written."""
        words = f"{run.done:,} of {run.total or 0:,} records are done"
        if run.state not in {RunState.PAUSED, RunState.CANCELLED, RunState.INTERRUPTED} or not run.cursor:
            return f"{words}."
        kinds = "groups and things" if run.cursor.get("pass") == 0 else "connections, events and knowledge (all groups and things before)"
        ahead = "".join(f", and lines {first:,} to {last:,}" for first, last in run.cursor.get("ahead", []))
        return f"{words}: of {kinds}, those up to line {run.cursor.get('line', 0):,}{ahead}."

    def failed(self, run: Run) -> None:
        """Keeps the rejects of what was taken back as a whole."""
        rejects_keep(run, self.rejects)

    def _beginning(self, found: Survey) -> Chunk:
        """The groups, and what the run reserves for all that follows."""
        writer = RecordWriter(self.target)

        def settle(run: Run) -> None:
            _count(run, writer)
            run.done = len(found.groups)
            # Records of a file that is loaded again may all be there: what it adds is counted as it comes.
            reserves = self.target.on_conflict is OnConflict.ERROR
            run.reserved = {METRICS[kind]: count for kind, count in found.at_home.items() if kind in METRICS and count and reserves}
            run.cursor, run.step = {"pass": 0, "line": 0}, "writing"
            rejects_keep(run, writer.rejects)

        return Chunk(write=lambda: writer.write_groups(found.groups), settle=settle)

    def _batch(self, run: Run, read: ReadBatch, places: Places, *, concurrent: bool) -> Chunk:
        """A batch of records. Its writer is made anew when it is tried again."""
        writers: list[RecordWriter] = []

        def write() -> None:
            writer = RecordWriter(self.target, read.ordinals)
            writer.write(read.records)
            writes_keep(run, writer.written, writer.update_events)
            rejects_keep(run, writer.rejects)
            writers[:] = [writer]

        def settle(run: Run) -> None:
            _count(run, writers[0])
            run.done += len(read.records)
            run.cursor = places.with_batch(read.batch)
            run.reserved = _less(run.reserved, read, self.target)
            self.reading.done = run.done

        return Chunk(write=write, settle=settle, committed=lambda: places.add(read.batch), concurrent=concurrent, step="writing")

    def _whole(self, run: Run, found: Survey) -> Chunk:
        """Everything in one transaction, taken back for a dry run, a rejected record or a stop."""
        writer = RecordWriter(self.target)

        def write() -> None:
            try:
                with transaction.atomic():
                    whole_write(writer, self.reading, found, stop=lambda: self._demand_going_on(run))
                    if self.dry_run or writer.rejects:
                        raise TakenBack
            except TakenBack:
                pass
            if writer.rejects and not self.dry_run:
                self.rejects = writer.rejects
                raise ImportRefused(sum(tally.rejected for tally in writer.tallies.values()))
            if not self.dry_run:
                writes_keep(run, writer.written, writer.update_events)
            rejects_keep(run, writer.rejects)

        def settle(run: Run) -> None:
            _count(run, writer)
            run.done = found.total

        return Chunk(write=write, settle=settle, step="writing")

    def _demand_going_on(self, run: Run) -> None:
        run.state = Run.objects.values_list("state", flat=True).get(pk=run.pk)
        if run.state != RunState.RUNNING or self.should_stop():
            raise StoppedWithin


def whole_write(writer: RecordWriter, reading: Reading, found: Survey, stop: Callable[[], None]) -> None:
    """Writes all records that were FOUND by WRITER in the caller's transaction; STOP may raise after each batch."""
    writer.write_groups(found.groups)
    reading.done = len(found.groups)
    for number, kinds in enumerate(found.passes):
        for read in reading.batches(found, kinds, Places(number), lambda: BATCH_RECORDS):
            writer.ordinals = read.ordinals
            writer.write(read.records)
            reading.done += len(read.records)
            stop()


def rejects_keep(run: Run, rejects: list[Reject]) -> None:
    """Writes down the records that RUN could not take; one query a thousand."""
    RunReject.objects.bulk_create(
        [RunReject(run=run, line=reject.record.line, text=reject.record.text, problems=reject.problems) for reject in rejects],
        batch_size=1000,
        ignore_conflicts=True,
    )


def _count(run: Run, writer: RecordWriter) -> None:
    """Adds to the counts of RUN what WRITER counted."""
    tallies = {kind: Tally(**tally) for kind, tally in run.counts.items()}
    for kind, tally in writer.tallies.items():
        tallies.setdefault(kind, Tally()).add(tally)
    run.counts = {kind: asdict(tally) for kind, tally in tallies.items()}


def _less(reserved: dict[str, int], read: ReadBatch, target: Target) -> dict[str, int]:
    """RESERVED without what the batch, written or rejected, no longer needs."""
    left, home = dict(reserved), target.group.slug if target.group else None
    for record in read.records:
        value = record.value or {}
        metric = METRICS.get(str(value.get("kind")))
        if metric in left and (value.get("group") or home) == home:
            left[metric] -= 1
    return {metric: count for metric, count in left.items() if count > 0}
