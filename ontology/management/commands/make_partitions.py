"""Makes event partitions ahead of time."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from ontology.services.record import partitions_ahead


class Command(BaseCommand):
    """The operators' door to what the clock does every day."""

    help = "Makes the event partitions of this month and the coming ones; the clock does it every day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument("--months", type=int, default=settings.EVENT_PARTITIONS_AHEAD_MONTHS, help="how many months ahead")

    def handle(self, *args: Any, **options: Any) -> None:
        """Makes what is missing and says how many."""
        made = partitions_ahead(timezone.now(), options["months"])
        self.stdout.write(f"{made} partition{'' if made == 1 else 's'} made.")
