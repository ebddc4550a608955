"""Checks whether the data is whole."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from archival.services.foreground import group_named, printed
from monitoring.checks.registry import BY_NAME, CHECKS
from monitoring.services.integrity import LIMIT, IntegrityReport, check_integrity
from monitoring.thresholds import Standing
from ontology.errors import DomainError

EXIT_CODES = {Standing.HEALTHY: 0, Standing.WARNING: 1, Standing.CRITICAL: 2}
WRONG_USE = 3


class Command(BaseCommand):
    """The door to monitoring.services.integrity for operators."""

    help = "Runs every check of the data and names what is broken. Exit code 0: healthy, 1: warnings, 2: critical, 3: the command was misused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument("--group", metavar="SLUG", help="this group alone (the whole platform)")
        parser.add_argument("--limit", type=int, default=LIMIT, metavar="N", help=f"list at most so many broken rows ({LIMIT})")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Checks, and prints the report."""
        if options["limit"] < 0:
            raise CommandError(f"--limit must not be negative, as {options['limit']} is.", returncode=WRONG_USE)
        try:
            report = check_integrity(group_named(options["group"]), options["limit"])
        except DomainError as refused:
            raise CommandError(str(refused), returncode=WRONG_USE) from None
        if options["json"]:
            self.stdout.write(printed(report.as_json()))
        else:
            self._tell(report)
        if report.status is not Standing.HEALTHY:
            raise CommandError(f"The data is not whole: {report.status.value}, {report.total:,} broken rows.", returncode=EXIT_CODES[report.status])

    def _tell(self, report: IntegrityReport) -> None:
        counts = {check.name: report.details[check.details] for check in CHECKS}
        for name, count in counts.items():
            self.stdout.write(f"{name:24} {count:>10,}  {BY_NAME[name].title if count else ''}".rstrip())
        for issue in report.issues:
            self.stdout.write(f"{issue.severity:8} {issue.category}: {issue.record_id}: {issue.description}")
        self.stdout.write(f"{report.status.value}: {report.total:,} broken rows.")
