"""Prints how other engines read the archive."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from archival.ddl import ENGINES, ddl
from archival.services.foreground import group_named
from ontology.errors import DomainError


class Command(BaseCommand):
    """The door to archival.ddl for operators."""

    help = "Prints the statement by which DuckDB, BigQuery, Athena, Spark or Trino reads the archive in place; --load copies it into BigQuery."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument("--engine", choices=ENGINES, required=True)
        parser.add_argument("--table", default="sextant_events", metavar="NAME", help="the table's name there (sextant_events)")
        parser.add_argument("--load", action="store_true", help="bigquery: load the events into that table (dataset.table) by its client")
        parser.add_argument("--group", metavar="SLUG", help="with --load: this group alone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints, or loads."""
        if not all(part.replace("_", "").isalnum() for part in options["table"].split(".")):
            raise CommandError(f"--table must be letters, digits and _, with dots between, not {options['table']!r}.")
        if options["load"] and options["engine"] != "bigquery":
            raise CommandError("--load is for --engine bigquery; the others read the archive in place.")
        try:
            if options["load"]:
                self._load(options)
            else:
                self.stdout.write(ddl(options["engine"], table=options["table"]))
        except DomainError as refused:
            raise CommandError(str(refused)) from None

    def _load(self, options: dict[str, Any]) -> None:
        from archival.bigquery import bigquery_load

        try:
            count = bigquery_load(options["table"], group=group_named(options["group"]))
        except ImportError:
            raise CommandError("BigQuery's client is not installed: pip install -r requirements/google.txt.") from None
        self.stdout.write(f"{count:,} events were loaded into {options['table']}.")
