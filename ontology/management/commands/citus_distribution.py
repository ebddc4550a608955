"""Prints how the tables lie on many servers."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ontology.services.distribution import distribution, distribution_faults


class Command(BaseCommand):
    """The door to ontology.services.distribution for operators."""

    help = "Prints the Citus statements that spread every table by group, and each key that does not hold the group. Exit code 1 when there are any."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument("--faults", action="store_true", help="only what stands in the way")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints; writes nothing."""
        tables = distribution()
        faults = distribution_faults(tables)
        if not options["faults"]:
            self.stdout.writelines(f"{table.statement}\n" for table in tables)
        self.stdout.writelines(f"-- {fault}\n" for fault in faults)
        if faults:
            raise CommandError(f"{len(faults)} keys and tables do not fit; docs/scaling.md says what to do about them.")
