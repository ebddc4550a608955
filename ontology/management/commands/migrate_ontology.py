"""Migrates legacy rows."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ontology.choices import Door, RunState
from ontology.errors import DomainError
from ontology.management.named import run_named
from ontology.management.report_files import report_file, report_write
from ontology.migration.backup import backup_write
from ontology.migration.pace import ROWS_MAX
from ontology.migration.plan import DEFAULT_SLUG, WRITERS, WRITERS_MAX, Plan
from ontology.migration.runner import migration_run, migration_validate, report_of
from ontology.models import Run
from ontology.services.actor import Actor


class Command(BaseCommand):
    """The door to ontology.migration.runner."""

    help = "Migrates legacy rows (v0) to v1 while people work. It can be paused, resumed and cancelled in the admin, and running it again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument("--backup", nargs="?", const=".", metavar="PATH", help="first write a backup (default: here, by the moment's name)")
        parser.add_argument("--no-backup", action="store_true", help="write without a backup")
        parser.add_argument("--validate-only", action="store_true", help="the report of what would happen, with no write at all")
        parser.add_argument("--dry-run", action="store_true", help="the real statements, taken back")
        parser.add_argument("--assign", choices=("infer", "default"), default="infer", help="things without a group: infer it, or the default group")
        parser.add_argument("--default-group", default=DEFAULT_SLUG, metavar="SLUG")
        parser.add_argument("--batch-size", type=int, metavar="N", help=f"rows a batch at most ({ROWS_MAX:,}); the size adapts to 150 ms")
        parser.add_argument("--parallel", type=int, default=WRITERS, metavar="N", help=f"batches side by side (default {WRITERS}; 1 is gentler)")
        parser.add_argument("--max-seconds", type=float, metavar="N", help="stop at a batch's edge after so long")
        parser.add_argument("--resume", metavar="RUN", help="go on with a run that stopped")
        parser.add_argument("--report", type=report_file, metavar="FILE", help="write the report there as JSON, too")

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrates; prints the report."""
        if options["batch_size"] is not None and not 1 <= options["batch_size"] <= ROWS_MAX:
            raise CommandError(f"--batch-size must be 1 to {ROWS_MAX:,}.")
        if not 1 <= options["parallel"] <= WRITERS_MAX:
            raise CommandError(f"--parallel must be 1 to {WRITERS_MAX}.")
        try:
            report, run = self._migrated(options)
        except DomainError as refused:
            raise CommandError(str(refused)) from None
        text = json.dumps(report, indent=1)
        self.stdout.write(text)
        if options["report"] is not None:
            report_write(options["report"], text)
        if run is not None and run.state not in {RunState.SUCCEEDED, RunState.INTERRUPTED, RunState.PAUSED}:
            raise CommandError(f"The run {run.pk} is {run.get_state_display().lower()}.")
        if run is not None and run.state != RunState.SUCCEEDED:
            self.stdout.write(f"The run is {run.get_state_display().lower()}; go on with --resume {run.pk}")

    def _migrated(self, options: dict[str, Any]) -> tuple[dict[str, Any], Run | None]:
        plan = Plan(options["assign"] == "infer", options["default_group"], writers=options["parallel"])
        if options["validate_only"]:
            return migration_validate(plan), None
        plan.default_group()  # refuses before the backup
        resume = run_named(options["resume"])
        if options["backup"] is not None and not options["dry_run"]:
            self.back_up(options["backup"])
        elif not (options["no_backup"] or options["dry_run"] or options["resume"]):
            raise CommandError("Nothing is written without a backup: add --backup, or --no-backup if you have one.")
        run = migration_run(
            plan,
            actor=Actor(door=Door.COMMAND, request_id="migrate_ontology"),
            dry_run=options["dry_run"],
            batch_size=options["batch_size"],
            max_seconds=options["max_seconds"],
            resume=resume,
        )
        return run.result or report_of(run), run

    def back_up(self, place: str) -> None:
        """Writes the backup to PLACE, a file or a folder."""
        path = Path(place)
        if path.is_dir():
            path /= f"ontology-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.backup"
        manifest = backup_write(path)
        self.stderr.write(f"Backup of {manifest.rows:,} rows written and verified: {path}")
