"""Plans capacity."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from archival.services.foreground import printed
from monitoring.capacity.history import days_take
from monitoring.capacity.report import as_csv, capacity_report
from monitoring.capacity.words import plan_text


class Command(BaseCommand):
    """The door to monitoring.capacity for operators."""

    help = "Tells what grows, what it will be in 6 and 12 months and at ten times the users, when a limit is met, and which tables to partition."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument("--format", choices=("text", "json", "csv"), default="text", help="how it is printed (text)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Takes the days that are due, and prints the plan as of now."""
        days_take()
        report = capacity_report()
        told = {"text": plan_text, "json": printed, "csv": as_csv}[options["format"]](report)
        self.stdout.write(told, ending="" if options["format"] == "csv" else "\n")
