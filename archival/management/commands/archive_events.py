"""Archives what is due."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from archival.services.archive_job import ArchiveJob, due_count
from archival.services.foreground import driven, group_named, printed
from archival.services.installations import installation_adopt
from archival.services.policies import rules_of
from archival.services.runs import archive_start
from ontology.choices import Door
from ontology.errors import DomainError
from ontology.models import Group
from ontology.querysets import PLATFORM_SLUG
from ontology.services.actor import Actor


class Command(BaseCommand):
    """The door to archival.services.archive_job for operators."""

    help = "Moves events older than their group's cutoff into the archive. Stops at a batch's edge on Ctrl-C; run again, it goes on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument("--group", metavar="SLUG", help="this group alone")
        parser.add_argument("--days", type=int, metavar="N", help="events older than this, whatever the policies say")
        parser.add_argument("--batch-size", type=int, metavar="N", help="events in a batch")
        parser.add_argument("--limit", type=int, metavar="N", help="events at most")
        parser.add_argument("--max-seconds", type=int, metavar="N", help="begin no batch after so long")
        parser.add_argument("--dry-run", action="store_true", help="only count what is due")
        parser.add_argument("--worker", action="store_true", help="let a worker do it, and say the run's id at once")
        parser.add_argument("--adopt", action="store_true", help="this database was copied or moved on purpose: its archive is its own from now on")

    def handle(self, *args: Any, **options: Any) -> None:
        """Archives; ends with a CommandError when something should have moved and did not."""
        for name in ("days", "batch_size", "limit", "max_seconds"):
            if options[name] is not None and options[name] < 1:
                raise CommandError(f"--{name.replace('_', '-')} must be at least 1, not {options[name]}.")
        actor = Actor(door=Door.COMMAND, request_id="archive_events")
        try:
            group = group_named(options["group"])
            if options["adopt"]:
                self.stdout.write(f"The archive of this database is {installation_adopt(actor=actor).name}.")
            if options["dry_run"]:
                self.stdout.write(printed(self._due(group, options["days"])))
                return
            run, is_new = archive_start(
                actor=actor,
                group=group,
                days=options["days"],
                limit=options["limit"],
                max_seconds=options["max_seconds"],
                batch_size=options["batch_size"],
                foreground=not options["worker"],
            )
            if options["worker"]:
                self.stdout.write(f"A worker drives the run {run.pk}.")
                return
            if not is_new:
                self.stdout.write(f"The run {run.pk} is at it already.")
                if run.task or not run.is_held:
                    self.stdout.write("It is driven by a worker." if run.task else "It was cut short; it goes on now.")
                if run.task:
                    return
            done = driven(run, ArchiveJob(), unit=" events", to=self.stderr)
        except DomainError as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(printed(done.result or {"totalArchived": done.done, "state": done.state}))

    def _due(self, group: Group | None, days: int | None) -> dict[str, Any]:
        now = timezone.now()
        groups = [group] if group else list(Group.objects.exclude(slug=PLATFORM_SLUG).order_by("slug"))
        due = {}
        for one in groups:
            cutoff = now - timedelta(days=days) if days else rules_of(one).cutoff(now)
            due[one.slug] = due_count(one, cutoff) if cutoff else 0
        return {"dryRun": True, "groups": due, "total": sum(due.values())}
