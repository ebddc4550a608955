"""Brings archived events back."""

import uuid
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from archival.models import ArchiveBatch
from archival.services.foreground import driven, group_named, printed
from archival.services.restoring import STAY_DAYS, STAY_DAYS_MAX, RestoreJob, batches_to_restore, restore_preview
from archival.services.runs import restore_start
from ontology.choices import Door
from ontology.errors import DomainError
from ontology.services.actor import Actor


class Command(BaseCommand):
    """The door to archival.services.restoring for operators."""

    help = "Brings archived events back into the database for some days; no metric changes. --dry-run tells how many."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument("--batch", type=uuid.UUID, metavar="ID")
        parser.add_argument("--group", metavar="SLUG")
        parser.add_argument("--from", dest="since", type=date.fromisoformat, metavar="DAY")
        parser.add_argument("--to", dest="until", type=date.fromisoformat, metavar="DAY")
        parser.add_argument("--days", type=int, default=STAY_DAYS, metavar="N", help=f"how long they stay ({STAY_DAYS})")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would come back")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restores."""
        if (options["batch"] is None) == (options["group"] is None):
            raise CommandError("Name either --batch ID, or --group SLUG with --from and --to.")
        if not 1 <= options["days"] <= STAY_DAYS_MAX:
            raise CommandError(f"--days must be 1 to {STAY_DAYS_MAX}, not {options['days']}.")
        try:
            batches = self._chosen(options)
            preview = restore_preview(batches)
            told = {"batches": preview.batches, "rows": preview.rows, "bytes": preview.bytes}
            if options["dry_run"]:
                self.stdout.write(printed({"dryRun": True, **told}))
                return
            run, is_new = restore_start(batches, actor=Actor(door=Door.COMMAND, request_id="restore_events"), days=options["days"], foreground=True)
            if not is_new:
                raise CommandError(f"The run {run.pk} restores events of this group already; wait for it.")
            done = driven(run, RestoreJob(), unit=" events", to=self.stderr)
        except DomainError as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(printed({**told, "state": done.state}))

    def _chosen(self, options: dict[str, Any]) -> list[ArchiveBatch]:
        if options["batch"] is not None:
            found = ArchiveBatch.objects.select_related("group").filter(pk=options["batch"])
            if not found:
                raise CommandError(f"There is no batch {options['batch']}.")
            return list(found)
        group = group_named(options["group"])
        assert group is not None
        return batches_to_restore(group, options["since"], options["until"])
