"""Loads an export of the old platform as legacy rows."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ontology.choices import Door
from ontology.errors import DomainError
from ontology.management.named import run_named
from ontology.migration.export_file import ExportFile
from ontology.migration.loading import legacy_load
from ontology.services.actor import Actor


class Command(BaseCommand):
    """The door to ontology.migration.loading."""

    help = "Loads a snapshot export of the old platform (ZIP) as legacy rows, to be migrated by migrate_ontology. Loading it twice adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument("export", type=Path, metavar="EXPORT.zip")
        parser.add_argument("--dry-run", action="store_true", help="the full answer, nothing written")
        parser.add_argument("--resume", metavar="RUN", help="go on with a run that stopped, with the same file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Loads; a table of what became of the documents."""
        try:
            resume = run_named(options["resume"])
            loaded = legacy_load(
                ExportFile(options["export"]), actor=Actor(door=Door.COMMAND, request_id="import_legacy"), dry_run=options["dry_run"], resume=resume
            )
        except DomainError as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"{'table':<20}{'read':>12}{'loaded':>12}{'known':>12}{'quarantined':>13}")
        for table, counts in loaded.counts.items():
            row = "".join(f"{counts.get(name, 0):>{width},}" for name, width in (("read", 12), ("loaded", 12), ("known", 12), ("quarantined", 13)))
            self.stdout.write(f"{table:<20}{row}")
        if loaded.ignored:
            self.stdout.write(f"No documents, and not read: {', '.join(loaded.ignored[:20])}")
        self.stdout.write(
            "Nothing was written (dry run)." if options["dry_run"] else f"Run {loaded.run.pk}: {loaded.run.get_state_display().lower()}."
        )
