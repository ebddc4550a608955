"""Rolls a migration back."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ontology.choices import Door
from ontology.errors import DomainError
from ontology.management.named import group_named
from ontology.migration.backup import backup_verify, database_identity
from ontology.migration.rollback.rolling import EXACT, KEEP, Rollback, rollback_run
from ontology.services.actor import Actor


class Command(BaseCommand):
    """The door to ontology.migration.rollback."""

    help = "Gives rows the values they have in a backup; by default only rows that migration changed, so that whatever was written since stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument("--backup-file", required=True, metavar="FILE")
        parser.add_argument("--verify", action="store_true", help="check the file, and nothing else")
        parser.add_argument("--dry-run", action="store_true", help="the report of what would come back, with no write at all")
        parser.add_argument("--group", metavar="SLUG", help="only rows of this group")
        words = "keep: later writes stay, conflicts go to quarantine; exact: the tables end as the backup was"
        parser.add_argument("--mode", choices=(KEEP, EXACT), default=KEEP, help=words)

    def handle(self, *args: Any, **options: Any) -> None:
        """Rolls back; prints the report."""
        try:
            self.stdout.write(json.dumps(self.told(options["backup_file"], options), indent=1))
        except DomainError as refused:
            raise CommandError(str(refused)) from None

    def told(self, place: str, options: dict[str, Any]) -> dict[str, Any]:
        """The report, of the backup in a file."""
        path = Path(place)
        return self._verified(path) if options["verify"] else self._rolled_back(path, options)

    def _verified(self, path: Path) -> dict[str, Any]:
        manifest = backup_verify(path)
        told = {"made_at": manifest.made_at, "of_this_database": manifest.database == database_identity(), "schema": manifest.schema}
        return {"whole": True, **told, "tables": {name: table.rows for name, table in manifest.tables.items()}}

    def _rolled_back(self, path: Path, options: dict[str, Any]) -> dict[str, Any]:
        group = group_named(options["group"])
        actor = Actor(door=Door.COMMAND, request_id="rollback_ontology")
        return rollback_run(Rollback(path, options["mode"], group), actor=actor, dry_run=options["dry_run"])
