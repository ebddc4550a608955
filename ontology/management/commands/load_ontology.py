"""Loads a file of records."""

import os
import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from ontology.choices import BulkMode, Door, OnConflict, RunState, ThingStatus
from ontology.errors import DomainError
from ontology.management.named import run_named
from ontology.models import Group, Run
from ontology.records import RecordFile, is_csv_name
from ontology.services.actor import Actor
from ontology.services.groups import group_create
from ontology.services.import_job import WRITERS, WRITERS_MAX
from ontology.services.import_reading import BATCH_RECORDS, Progress
from ontology.services.import_records import Target
from ontology.services.imports import FileImport, ImportOutcome, rejects_write
from ontology.services.survey import KINDS


class Command(BaseCommand):
    """The door to ontology.services.imports for operators."""

    help = "Loads a file of records (NDJSON or CSV, plain, .gz or .zst) into groups. The order of its lines does not matter."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--group", metavar="SLUG", help="the group of records that name none")
        parser.add_argument("--create-group", action="store_true", help="make that group if it is missing")
        parser.add_argument(
            "--mode", choices=BulkMode.values, default=BulkMode.PARTIAL, help="partial (default): write the good; atomic: all or nothing"
        )
        parser.add_argument("--on-conflict", choices=OnConflict.values, default=OnConflict.ERROR, help="what to do with what is there already")
        parser.add_argument("--dry-run", action="store_true", help="the full answer, nothing written")
        parser.add_argument("--resume", metavar="RUN", help="go on with a run that stopped, with the same file")
        parser.add_argument(
            "--rejects", type=Path, metavar="FILE", help="where rejected records go (default: beside the file, .rejects.ndjson or .rejects.csv)"
        )
        parser.add_argument("--kind", choices=KINDS, help="the kind of records that name none, as in most CSV files")
        parser.add_argument("--default-status", choices=ThingStatus.values, default=ThingStatus.ACTIVE, help="of things that name none")
        parser.add_argument("--batch-size", type=int, default=BATCH_RECORDS, metavar="N", help=f"records a transaction, at most {BATCH_RECORDS:,}")
        parser.add_argument(
            "--parallel", type=int, default=WRITERS, metavar="N", help=f"batches written side by side where their order does not matter ({WRITERS})"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Loads; ends with a CommandError when nothing was written that should have been."""
        try:
            resumed = run_named(options["resume"])
            loading = self._loading(options, resumed)
            outcome = self._load(loading, resumed)
        except DomainError as refused:
            raise CommandError(str(refused)) from None
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped at once: what was not committed was taken back. `--resume RUN` goes on; the run stands in the admin.", returncode=130
            ) from None
        self._tell(loading, outcome, options)

    def _loading(self, options: dict[str, Any], resumed: Run | None) -> FileImport:
        if not 1 <= options["batch_size"] <= BATCH_RECORDS:
            raise CommandError(f"--batch-size must be 1 to {BATCH_RECORDS:,}.")
        if not 1 <= options["parallel"] <= WRITERS_MAX:
            raise CommandError(f"--parallel must be 1 to {WRITERS_MAX}.")
        file = RecordFile(options["file"])
        if options["rejects"] is not None and options["rejects"].resolve() == file.path.resolve():
            raise CommandError("--rejects names the file itself, which would be overwritten; name another.")
        actor = Actor(door=Door.COMMAND, request_id="load_ontology")
        if resumed is not None:
            kept = resumed.parameters
            target = Target(resumed.group, OnConflict(kept["onConflict"]), kept["defaultStatus"], actor)
            mode, kind, dry_run = BulkMode(kept["mode"]), kept["kind"], False
        else:
            target = Target(self._group(options, actor), OnConflict(options["on_conflict"]), options["default_status"], actor)
            mode, kind, dry_run = BulkMode(options["mode"]), options["kind"], options["dry_run"]
        return FileImport(file, target, mode, dry_run=dry_run, kind=kind, batch_records=options["batch_size"], writers=options["parallel"])

    def _group(self, options: dict[str, Any], actor: Actor) -> Group | None:
        slug = options["group"]
        if slug is None:
            return None
        group = Group.objects.filter(slug=slug).first()
        if group is None and options["create_group"] and not options["dry_run"]:
            return group_create(slug=slug, name=slug.replace("-", " ").title(), actor=actor)
        if group is None:
            raise CommandError(f"There is no group {slug!r}. Make it in the admin, or add --create-group.")
        return group

    def _load(self, loading: FileImport, resumed: Run | None) -> ImportOutcome:
        stopper = _Stopper()
        loading.should_stop = lambda: stopper.asked
        with tqdm(unit=" records", unit_scale=True, file=self.stderr, mininterval=0.2 if sys.stderr.isatty() else 10, dynamic_ncols=True) as bar:

            def shown(progress: Progress) -> None:
                stopper.at_once = progress.step == "reading"
                _show(bar, progress, loading.file.size)

            loading.on_progress = shown
            with stopper:
                return loading.run(resumed)

    def _tell(self, loading: FileImport, outcome: ImportOutcome, options: dict[str, Any]) -> None:
        rejects = options["rejects"] or _beside(loading.file.path)
        try:
            count = rejects_write(outcome, rejects)
        except OSError as refused:
            count = 0
            self.stderr.write(f"The rejected records cannot be written to {rejects}: {refused.strerror}. The run keeps them.")
        for kind, tally in outcome.tallies.items():
            words = f"{tally.created:>10,} created {tally.updated:>9,} updated {tally.skipped:>9,} skipped {tally.rejected:>9,} rejected"
            self.stdout.write(f"{kind or 'unreadable':>12} {words}")
        self.stdout.write(f"{outcome.total:,} records in {outcome.seconds:.1f} s.")
        if count:
            self.stdout.write(self.style.WARNING(f"{count:,} rejected records, with their reasons: {rejects}"))
        if loading.dry_run:
            self.stdout.write("A dry run: nothing was written.")
        elif outcome.state == RunState.INTERRUPTED and outcome.written and outcome.run is not None:
            run = outcome.run
            raise CommandError(
                f"Stopped after {run.done:,} of {outcome.total:,} records, at a batch's edge. "
                f"Go on with: manage.py load_ontology {loading.file.path} --resume {run.pk}",
                returncode=130,
            )
        elif not outcome.written:
            raise CommandError(
                "Nothing was written: " + ("stopped." if outcome.state == RunState.INTERRUPTED else "a record was rejected, and the mode is atomic.")
            )


class _Stopper:
    """Turns the first Ctrl-C (or SIGTERM) into a wish to stop at the batch's edge; the second, or `at_once` the first, stops where it is."""

    def __init__(self) -> None:
        self.asked = False
        self.at_once = True
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        try:
            self._before = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}
        except ValueError:  # not the main thread: signals go elsewhere
            self._before = {}

    def __exit__(self, *exc: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked or self.at_once:
            raise KeyboardInterrupt
        self.asked = True
        sys.stderr.write("\nStopping at the end of this batch (once more: at once) …\n")


def _beside(path: Path) -> Path:
    """Beside PATH (in this folder when that one takes no files), and never PATH itself, which may be the rejects of an earlier load."""
    stem = path.name
    for ending in (".gz", ".zst", ".ndjson", ".jsonl", ".json", ".csv"):
        stem = stem[: -len(ending)] if stem.lower().endswith(ending) else stem
    folder = path.parent if os.access(path.parent, os.W_OK) else Path.cwd()
    return folder / f"{stem}.rejects.{'csv' if is_csv_name(path.name) else 'ndjson'}"


def _show(bar: "tqdm[Any]", progress: Progress, size: int) -> None:
    if bar.desc != f"{progress.step}: ":
        bar.reset(progress.total)
        bar.set_description(progress.step, refresh=False)
    bar.n = progress.done
    bar.set_postfix_str(f"{progress.bytes_read / 1e6:.1f} of {size / 1e6:.1f} MB", refresh=False)
    bar.update(0)
