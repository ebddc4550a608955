"""Imports: a file of records into groups, in batches that commit with their place, so that a run can stop and go on."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
from django.db import DatabaseError, transaction
from django.utils import timezone

from ontology.choices import BulkMode, RunState
from ontology.errors import RunNotResumable
from ontology.models import Run, RunReject
from ontology.records import Record, RecordFile
from ontology.services.actor import PLATFORM
from ontology.services.bulk import TakenBack, query
from ontology.services.import_records import RecordWriter, Reject, Tally, Target
from ontology.services.record import platform_record
from ontology.services.survey import Survey, record_kind, survey

BATCH_RECORDS = 10_000
BATCH_BYTES = 8_000_000
"""Of the text of a batch's records: a batch is written early rather than held in any size."""
_BYTES_PER_RECORD_MIN = 8
"""Of a compressed file; measured 11 to 22 on the histories of public projects."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: `step` is reading or writing; `total` is None while the file is first read."""

    step: str
    done: int
    total: int | None
    bytes_read: int


@dataclass(slots=True)
class ImportOutcome:
    """What became of a file: records by kind, and the rejected ones. `run` is None for a dry run, which leaves no trace."""

    run: Run | None
    state: RunState
    total: int
    seconds: float = 0.0
    tallies: dict[str, Tally] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    written: bool = True

    @property
    def rejected(self) -> int:
        """How many records were rejected."""
        return sum(tally.rejected for tally in self.tallies.values())


@dataclass(slots=True)
class FileImport:
    """One import of one file. `on_progress` hears of every batch; `should_stop` is asked after each."""

    file: RecordFile
    target: Target
    mode: BulkMode = BulkMode.PARTIAL
    dry_run: bool = False
    kind: str | None = None
    batch_records: int = BATCH_RECORDS
    on_progress: Callable[[Progress], None] = lambda progress: None
    should_stop: Callable[[], bool] = lambda: False
    _bytes_read: int = 0
    _done: int = 0

    def run(self, resumed: Run | None = None) -> ImportOutcome:
        """Reads the file once to its end, then writes it.

        `partial` commits batch by batch and names the rejected; `atomic` writes everything or nothing. Stopped by `should_stop` it is INTERRUPTED at a
        batch's edge (atomic: nothing written). Raises UnreadableFile before anything is written, RunNotResumable for RESUMED that cannot go on.
        """
        started = time.perf_counter()
        fingerprint = self.file.fingerprint()
        if resumed is not None:
            _check_resumable(resumed, fingerprint)
        home = self.target.group.slug if self.target.group else None
        found = survey(self._records("reading", None), self.file.size // _BYTES_PER_RECORD_MIN, home)
        if self.dry_run:
            outcome = self._whole(None, found)
        else:
            run = resumed or self._new_run(fingerprint)
            with _owned(run), _failure_kept(run):
                outcome = self._whole(run, found) if self.mode is BulkMode.ATOMIC else self._by_batches(run, found)
                self._finish(run, outcome)
        outcome.seconds = time.perf_counter() - started
        return outcome

    def _new_run(self, fingerprint: str) -> Run:
        actor = self.target.actor or PLATFORM
        return Run.objects.create(
            kind="import",
            state=RunState.RUNNING,
            group=self.target.group,
            person=actor.person,
            door=actor.door,
            parameters={
                "file": self.file.path.name,
                "sha256": fingerprint,
                "mode": self.mode.value,
                "onConflict": self.target.on_conflict.value,
                "kind": self.kind,
                "defaultStatus": self.target.default_status,
            },
        )

    def _whole(self, run: Run | None, found: Survey) -> ImportOutcome:
        """Everything in one transaction, taken back for a dry run, a rejected record or a stop."""
        writer = RecordWriter(self.target, found.repeats)
        outcome = ImportOutcome(run, RunState.SUCCEEDED, found.total, tallies=writer.tallies, rejects=writer.rejects)
        try:
            with transaction.atomic():
                self._write_groups(writer, found)
                for kinds in found.passes:
                    for batch in self._batches(found, kinds, after_line=0, writer=writer):
                        writer.write(batch)
                        if self.should_stop():
                            outcome.state = RunState.INTERRUPTED
                            raise TakenBack
                if self.dry_run or (writer.rejects and self.mode is BulkMode.ATOMIC):
                    raise TakenBack
        except TakenBack:
            outcome.written = False
        if run is not None and writer.rejects:
            outcome.state = RunState.FAILED if outcome.state is RunState.SUCCEEDED else outcome.state
            _keep_rejects(run, writer.rejects)
        return outcome

    def _by_batches(self, run: Run, found: Survey) -> ImportOutcome:
        """A transaction per batch, which commits its place with it."""
        writer = RecordWriter(self.target, found.repeats, {kind: Tally(**tally) for kind, tally in run.counts.items()})
        outcome = ImportOutcome(run, RunState.SUCCEEDED, found.total, tallies=writer.tallies)
        begun_pass, after_line = run.cursor.get("pass", 0), run.cursor.get("line", 0)
        self._done = run.done
        if not run.cursor:
            with transaction.atomic():
                self._write_groups(writer, found)
                self._save(run, writer, found, {"pass": 0, "line": 0})
        for number, kinds in enumerate(found.passes):
            if number < begun_pass:
                continue
            for batch in self._batches(found, kinds, after_line if number == begun_pass else 0, writer):
                with transaction.atomic():
                    writer.write(batch)
                    self._save(run, writer, found, {"pass": number, "line": batch[-1].line})
                if self.should_stop():
                    outcome.state = RunState.INTERRUPTED
                    return outcome
        return outcome

    def _write_groups(self, writer: RecordWriter, found: Survey) -> None:
        writer.write_groups(found.groups)
        self._done += len(found.groups)

    def _save(self, run: Run, writer: RecordWriter, found: Survey, cursor: dict[str, int]) -> None:
        """The place, counts and rejects of a batch, in the batch's own transaction."""
        run.cursor, run.done, run.total, run.heartbeat_at = cursor, self._done, found.total, timezone.now()
        run.counts = {kind: asdict(tally) for kind, tally in writer.tallies.items()}
        run.save(update_fields=["cursor", "done", "total", "heartbeat_at", "counts"])
        _keep_rejects(run, writer.rejects)
        writer.rejects.clear()

    def _batches(self, found: Survey, kinds: frozenset[str], after_line: int, writer: RecordWriter) -> Iterator[list[Record]]:
        """The records of one pass, in batches; those up to AFTER_LINE were written by an earlier part of the run."""
        batch: list[Record] = []
        size = 0
        for record in self._records("writing", found.total):
            if record_kind(record) not in kinds:
                continue
            if record.line <= after_line:
                writer.skip(record)
                continue
            batch.append(record)
            size += len(record.text)
            self._done += 1
            if len(batch) >= self.batch_records or size >= BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _records(self, step: str, total: int | None) -> Iterator[Record]:
        def heard(position: int) -> None:
            self._bytes_read = position

        for count, record in enumerate(self.file.records(heard, self.kind)):
            if count % 1000 == 0:
                self.on_progress(Progress(step, count if total is None else self._done, total, self._bytes_read))
            yield record

    def _finish(self, run: Run, outcome: ImportOutcome) -> None:
        run.state, run.finished_at, run.done = outcome.state, timezone.now(), self._done
        run.counts = {kind: asdict(tally) for kind, tally in outcome.tallies.items()} if outcome.written else {}
        with transaction.atomic():
            run.save(update_fields=["state", "finished_at", "done", "counts"])
            changed = sum(tally.created + tally.updated for tally in outcome.tallies.values())
            if outcome.written and changed and outcome.state is RunState.SUCCEEDED:
                metadata: dict[str, Any] = {"run": str(run.pk), "group": self.target.group.slug if self.target.group else None, "counts": run.counts}
                platform_record("batch_import", actor=self.target.actor, metadata={**metadata, **run.parameters})
        self.on_progress(Progress("writing", self._done, outcome.total, self.file.size))


def _check_resumable(run: Run, fingerprint: str) -> None:
    if run.kind != "import" or run.state == RunState.SUCCEEDED:
        raise RunNotResumable(f"The run {run.pk} is finished; there is nothing to resume.")
    if run.parameters.get("mode") != BulkMode.PARTIAL:
        raise RunNotResumable(f"The run {run.pk} was atomic and wrote nothing; start it anew.")
    if run.parameters.get("sha256") != fingerprint:
        raise RunNotResumable(f"The run {run.pk} began with another file, or this one has changed since ({run.parameters.get('file')}).")


@contextmanager
def _owned(run: Run) -> Iterator[None]:
    """Makes this session the only one that works on RUN; the lock goes when the session does."""
    if query("run_lock", {"run": str(run.pk)}) != [(True,)]:
        raise RunNotResumable(f"The run {run.pk} is being worked on by another process.")
    try:
        Run.objects.filter(pk=run.pk).update(state=RunState.RUNNING, error="", finished_at=None)
        yield
    finally:
        query("run_unlock", {"run": str(run.pk)})


@contextmanager
def _failure_kept(run: Run) -> Iterator[None]:
    """Writes down what ended a run that did not end itself, and passes it on."""
    try:
        yield
    except BaseException as ended:
        state = RunState.INTERRUPTED if isinstance(ended, KeyboardInterrupt) else RunState.FAILED
        with suppress(DatabaseError):  # the database itself may be what ended it
            Run.objects.filter(pk=run.pk).update(state=state, finished_at=timezone.now(), error=str(ended))
        raise


def _keep_rejects(run: Run, rejects: list[Reject]) -> None:
    RunReject.objects.bulk_create(
        [
            RunReject(
                run=run,
                line=reject.record.line,
                text=reject.record.text,
                problems=reject.problems,
            )
            for reject in rejects
        ],
        batch_size=1000,
        ignore_conflicts=True,
    )


def reject_line(line: int, text: bytes, problems: list[dict[str, str]]) -> bytes:
    """A rejected record as a line that can be corrected and loaded again: its remarks begin with _ and are passed over then."""
    remarks = {"_line": line, "_problems": problems}
    as_text = {"_text": text.decode(errors="replace"), **remarks}
    try:
        value = orjson.loads(text)
        return orjson.dumps({**value, **remarks} if isinstance(value, dict) else as_text) + b"\n"
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):  # no JSON, or nested deeper than can be written
        return orjson.dumps(as_text) + b"\n"


def rejects_write(outcome: ImportOutcome, path: Path) -> int:
    """Writes the rejected records of a run, or of what left no run, to PATH; how many. No rejects, no file."""
    kept = RunReject.objects.filter(run=outcome.run).order_by("line").iterator() if outcome.run is not None else ()
    lines = itertools.chain(
        (reject_line(row.line, bytes(row.text), row.problems) for row in kept),
        (reject_line(reject.record.line, reject.record.text, reject.problems) for reject in outcome.rejects if outcome.run is None),
    )
    first = next(lines, None)
    if first is None:
        return 0
    with path.open("wb") as file:
        file.write(first)
        return 1 + sum(1 for line in lines if file.write(line))
