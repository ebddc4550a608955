"""Imports: a file of records into groups, in the foreground or by a worker; a run that stops goes on where it was."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from ontology.choices import BulkMode, RunState
from ontology.errors import ImportRefused, RunNotResumable
from ontology.models import Run
from ontology.records import RecordFile
from ontology.services.bulk import TakenBack
from ontology.services.import_corrections import rejects_held, rejects_lines
from ontology.services.import_job import WRITERS, ImportJob, whole_write
from ontology.services.import_reading import BATCH_RECORDS, Progress, Reading
from ontology.services.import_records import RecordWriter, Reject, Tally, Target
from ontology.services.runs import Driver, NewRun, run_resume, run_start


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
    is_csv: bool = False

    @property
    def rejected(self) -> int:
        """How many records were rejected."""
        return sum(tally.rejected for tally in self.tallies.values())


@dataclass(slots=True)
class FileImport:
    """One import of one file in the foreground. `on_progress` hears of every thousand records; `should_stop` is asked after each batch."""

    file: RecordFile
    target: Target
    mode: BulkMode = BulkMode.PARTIAL
    dry_run: bool = False
    kind: str | None = None
    batch_records: int = BATCH_RECORDS
    writers: int = WRITERS
    on_progress: Callable[[Progress], None] = lambda progress: None
    should_stop: Callable[[], bool] = lambda: False

    def run(self, resumed: Run | None = None) -> ImportOutcome:
        """Reads the file once to its end, then writes it.

        `partial` commits batch by batch and names the rejected; `atomic` writes everything or nothing. Stopped by `should_stop` it is INTERRUPTED at a
        batch's edge (atomic: nothing written). Raises UnreadableFile before anything is written, RunNotResumable for RESUMED that cannot go on.
        """
        started = time.perf_counter()
        fingerprint = self.file.fingerprint()
        reading = Reading(self.file, self.kind, self.target.group.slug if self.target.group else None, self.on_progress)
        if self.dry_run:
            outcome = self._dry(reading)
        else:
            if resumed is not None:
                resumable_check(resumed, fingerprint)
            run = self._run_to_drive(resumed, fingerprint)
            outcome = self._driven(run, reading)
        reading.tell("writing", reading.done, outcome.total)
        outcome.seconds = time.perf_counter() - started
        return outcome

    def _run_to_drive(self, resumed: Run | None, fingerprint: str) -> Run:
        if resumed is not None:
            if resumed.state in {RunState.PAUSED, RunState.FAILED}:
                resumed = run_resume(resumed, actor=self.target.actor)
            Run.objects.filter(pk=resumed.pk).update(batch_size=self.batch_records)
            return resumed
        parameters = {
            "file": self.file.path.name,
            "sha256": fingerprint,
            "mode": self.mode.value,
            "onConflict": self.target.on_conflict.value,
            "kind": self.kind,
            "defaultStatus": self.target.default_status,
        }
        return run_start(NewRun("import", group=self.target.group, parameters=parameters, batch_size=self.batch_records), actor=self.target.actor)

    def _driven(self, run: Run, reading: Reading) -> ImportOutcome:
        job = ImportJob(reading, self.target, self.mode, writers=self.writers, should_stop=self.should_stop)
        try:
            run = Driver(job, should_stop=self.should_stop).drive(run.pk)
        except ImportRefused:
            run.refresh_from_db()
        tallies = {kind: Tally(**tally) for kind, tally in run.counts.items()}
        written = self.mode is BulkMode.PARTIAL or run.state == RunState.SUCCEEDED
        return ImportOutcome(run, RunState(run.state), run.total or 0, tallies=tallies, rejects=job.rejects, written=written)

    def _dry(self, reading: Reading) -> ImportOutcome:
        """The full answer, and nothing written: not even a run."""
        found = reading.survey()
        writer = RecordWriter(self.target)
        state = RunState.SUCCEEDED

        def stop() -> None:
            nonlocal state
            if self.should_stop():
                state = RunState.INTERRUPTED
                raise TakenBack

        try:
            with transaction.atomic():
                whole_write(writer, reading, found, stop)
                raise TakenBack
        except TakenBack:
            pass
        return ImportOutcome(None, state, found.total, tallies=writer.tallies, rejects=writer.rejects, written=False, is_csv=self.file.is_csv)


def resumable_check(run: Run, fingerprint: str) -> None:
    """Raises RunNotResumable unless RUN is an unfinished import of the file with that FINGERPRINT."""
    if run.kind != "import" or run.state in {RunState.SUCCEEDED, RunState.CANCELLED}:
        raise RunNotResumable(f"The run {run.pk} is finished; there is nothing to resume.")
    if run.parameters.get("mode") != BulkMode.PARTIAL:
        raise RunNotResumable(f"The run {run.pk} was atomic and wrote nothing; start it anew.")
    if run.parameters.get("sha256") != fingerprint:
        raise RunNotResumable(f"The run {run.pk} began with another file, or this one has changed since ({run.parameters.get('file')}).")


def rejects_write(outcome: ImportOutcome, path: Path) -> int:
    """Writes the rejected records of a run, or of what left no run, to PATH; how many. No rejects, no file."""
    lines = rejects_lines(outcome.run) if outcome.run is not None else rejects_held(outcome.rejects, is_csv=outcome.is_csv)
    count = outcome.run.rejects.count() if outcome.run is not None else len(outcome.rejects)
    first = next(lines, None)
    if first is None:
        return 0
    with path.open("wb") as file:
        file.writelines((first, *lines))
    return count
