"""Rehearses a release on a copy."""

import uuid
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from archival.services.foreground import printed
from monitoring.models import ChangeRequest
from monitoring.rehearsal.releasing import LOCK_SECONDS, Rehearsal, rehearse
from monitoring.rehearsal.scratch import Server
from monitoring.services.changes import draft_named, rehearsal_attach
from ontology.choices import Door
from ontology.errors import DomainError
from ontology.management.report_files import report_file, report_write
from ontology.services.actor import Actor

WRONG_USE = 3
LOCKS_TOLD = 5


class Command(BaseCommand):
    """The door to monitoring.rehearsal for operators."""

    help = (
        "Restores a backup into a scratch database, runs the migrations it lacks and every check, and tells what people would have waited for. "
        "Exit code 0: nothing speaks against the release, 1: something does, 3: it could not be rehearsed."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument(
            "--backup", required=True, metavar="FILE", type=Path, help="a dump in custom, directory or tar format, as pg_dump makes it"
        )
        parser.add_argument("--server", metavar="URL", help="the administrator's address of the server to try it on (DATABASE_ADMIN_URL)")
        parser.add_argument("--lock-seconds", type=float, default=LOCK_SECONDS, metavar="N", help=f"how long people may wait ({LOCK_SECONDS:g})")
        parser.add_argument("--change", metavar="ID", type=uuid.UUID, help="keep the report with this change request, a draft")
        parser.add_argument("--report", metavar="FILE", type=report_file, help="write the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rehearses, and tells."""
        address = options["server"] or settings.DATABASE_ADMIN_URL
        if not address:
            raise CommandError("Say on which server: --server URL, or DATABASE_ADMIN_URL.", returncode=WRONG_USE)
        if not 0 < options["lock_seconds"] < float("inf"):
            raise CommandError(f"--lock-seconds must be above 0, not {options['lock_seconds']:g}.", returncode=WRONG_USE)
        try:
            change = draft_named(options["change"]) if options["change"] else None
            made = rehearse(options["backup"], Server.at(address), lock_seconds=options["lock_seconds"], tell=self.stderr.write)
        except DomainError as refused:
            raise CommandError(str(refused), returncode=WRONG_USE) from None
        except KeyboardInterrupt:
            raise CommandError("Stopped; the scratch database is dropped.", returncode=130) from None
        self._tell(made)
        if options["report"]:
            report_write(options["report"], printed(made.as_json()))
        if change is not None:
            self._attach(change, made)
        if not made.is_clean:
            raise CommandError(f"{len(made.faults)} reasons not to release.")

    def _attach(self, change: ChangeRequest, made: Rehearsal) -> None:
        try:
            rehearsal_attach(change, orjson.loads(printed(made.as_json())), actor=Actor(door=Door.COMMAND, request_id="rehearse_release"))
        except DomainError as refused:
            raise CommandError(f"The report could not be kept with the change request: {refused}", returncode=WRONG_USE) from None

    def _tell(self, made: Rehearsal) -> None:
        self.stdout.write(f"Database of {made.size_bytes / 1e6:,.0f} MB, {sum(made.rows.values()):,} rows.")
        for step, seconds in made.steps.items():
            self.stdout.write(f"{step:16} {seconds:9.1f} s")
        self.stdout.write(f"{len(made.migrations)} of {len(made.pending)} pending migrations in {sum(made.migrations.values()):.1f} s.")
        for migration, seconds in made.migrations.items():
            self.stdout.write(f"  {migration:40} {seconds:7.2f} s")
        if made.locks:
            self.stdout.write("Longest locks that people would wait for:")
        for held in made.locks[:LOCKS_TOLD]:
            self.stdout.write(f"  {held.migration}: {held.mode} on {held.table}, {held.seconds:.2f} s")
        if made.integrity:
            self.stdout.write(f"Data: {made.integrity['status']}, {made.integrity['summary']['totalIssues']:,} broken rows.")
        for sentence in made.not_looked_at:
            self.stdout.write(f"Not looked at. {sentence}")
        for fault in made.faults:
            self.stdout.write(f"{fault.kind}: {fault.sentence} {fault.remedy}")
        if made.is_clean:
            self.stdout.write("Nothing speaks against the release.")
