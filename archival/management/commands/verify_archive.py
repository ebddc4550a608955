"""Verifies the archive."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from archival.services.foreground import driven, group_named, printed
from archival.services.runs import verify_start
from archival.services.verifying import VerifyJob
from ontology.choices import Door
from ontology.errors import DomainError
from ontology.services.actor import Actor


class Command(BaseCommand):
    """The door to archival.services.verifying for operators."""

    help = "Reads archived objects back whole and compares them with their manifests; adds up the ledger. Exit code 1 when anything is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument("--group", metavar="SLUG", help="this group alone")
        parser.add_argument("--sample", type=int, metavar="N", help="so many objects, those longest not looked at among them (all)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verifies."""
        if options["sample"] is not None and options["sample"] < 0:
            raise CommandError(f"--sample must not be negative, as {options['sample']} is.")
        try:
            group = group_named(options["group"])
            run, is_new = verify_start(
                actor=Actor(door=Door.COMMAND, request_id="verify_archive"), group=group, sample=options["sample"], foreground=True
            )
            if not is_new and run.task:
                raise CommandError(f"The run {run.pk} is at it already; watch that one.")
            done = driven(run, VerifyJob(), unit=" objects", to=self.stderr)
        except DomainError as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(printed(done.result))
        if done.result.get("damaged") or done.result.get("ledgerGaps"):
            raise CommandError("The archive is not whole; the answer above says where.")
