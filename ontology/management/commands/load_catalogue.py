"""Adds the shipped types that are missing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ontology.catalogue.shipped import FEATURES
from ontology.services.catalogue import catalogue_load


class Command(BaseCommand):
    """Adds the shipped types that are missing; types that are there stay as they are, so it may run at any time."""

    help = "Add the shipped types of things, connections and events that are missing. Types that are there stay as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        """The features to load."""
        parser.add_argument(
            "--feature", action="append", choices=sorted(FEATURES), help="Only core and this feature; may be given again. Default: all."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Loads, and says what was added."""
        features: list[str] | None = options["feature"]
        added = catalogue_load(features=None if features is None else set(features))
        self.stdout.write(f"Added {added.things} types of things, {added.connections} of connections, {added.events} of events.")
