"""Fills in the numbers of a review."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from archival.services.foreground import printed
from monitoring.choices import ReviewKind
from monitoring.services.reviewing import period, review_body, review_keep, review_text
from ontology.choices import Door
from ontology.errors import DomainError
from ontology.services.actor import Actor


class Command(BaseCommand):
    """The door to monitoring.services.reviewing for operators."""

    help = (
        "Tells availability, times, errors, alerts and changes of a day, week or month, as the page of a review; with --keep it is in the admin too."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument("--kind", choices=ReviewKind.values, default=ReviewKind.WEEKLY, help="how long a time (weekly)")
        parser.add_argument("--of", metavar="YYYY-MM-DD", help="the time that has this day in it (the one that has ended last)")
        parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
        parser.add_argument("--keep", action="store_true", help="keep the numbers as a review in the admin, for people to write and sign")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints, and keeps."""
        kind = ReviewKind(options["kind"])
        try:
            begins, ends = period(kind, date.fromisoformat(options["of"]) if options["of"] else None)
        except (ValueError, OverflowError):
            raise CommandError(f"--of must be a day such as 2026-11-25, not {options['of']!r}.") from None
        try:
            kept = review_keep(kind, begins, actor=Actor(door=Door.COMMAND, request_id="review_report")) if options["keep"] else None
            body = kept.body if kept else review_body(begins, ends)
        except DomainError as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(printed(body) if options["json"] else review_text(body))
