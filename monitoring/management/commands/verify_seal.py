"""Verifies the audit seal."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from monitoring.services.seal_verifying import seal_verify
from ontology.errors import DomainError


class Command(BaseCommand):
    """The door to monitoring.services.seal_verifying for operators."""

    help = "Compares every event with what was sealed of it, and locates edits, deletions and insertions. Exit code 1 when there are any."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument("--hot", action="store_true", help="do not read archived objects; count their events by their manifests")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verifies."""
        try:
            report = seal_verify(archive=not options["hot"])
        except DomainError as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(report.as_json())
        if not report.is_whole:
            raise CommandError("Events are not as they were sealed; the answer above says which.")
