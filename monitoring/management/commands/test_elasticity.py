"""Measures what more connections, more cache and a replica bring."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from monitoring.management.commands.simulate_load import MISSING
from ontology.errors import DomainError
from ontology.management.report_files import report_file, report_write

PARTS = ("pool", "cache", "replica")
TITLES = {"pool": "Connections (DATABASE_POOL)", "cache": "Cache of the database (shared_buffers)", "replica": "Replica (REPLICA_URL)"}
WHAT = {"pool": ("waited_percent", "waited for one"), "cache": ("hit_percent", "hit ratio"), "replica": ("moved_percent", "reads moved")}


class Command(BaseCommand):
    """The door to what settings.ELASTICITY names: this installation's own database is neither asked nor touched."""

    help = "Measures connections 10 to 100, cache against hit ratio, and a streaming replica, on servers of its own that are removed. Takes some minutes."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument("--only", choices=PARTS, action="append", help="one part (may be repeated)")
        parser.add_argument("--seconds", type=float, metavar="N", help="of each measurement (12)")
        parser.add_argument("--users", type=int, metavar="N", help="users of the measurement of connections; a sixth for the others (120)")
        parser.add_argument("--things", type=int, metavar="N", help="things to work on (3,000)")
        parser.add_argument("--steps", metavar="A,B", help="the steps of connections or of cache, with --only: 10,100 or 8MB,64MB")
        parser.add_argument("--json", type=report_file, metavar="FILE", help="write the numbers there, too")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measures, and prints tables."""
        if find_spec("locust") is None or find_spec("psutil") is None:
            raise CommandError(MISSING)
        measure = import_string(settings.ELASTICITY)
        parts = tuple(options["only"] or PARTS)
        try:
            found = measure(lambda words: self.stderr.write(words), self._sizes(options, parts), parts)
        except KeyboardInterrupt:
            raise CommandError("Stopped; the servers that were measured are removed.", returncode=130) from None
        except DomainError as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write("\n".join(lines_of(found)))
        if options["json"] is not None:
            report_write(options["json"], json.dumps(found, indent=1))

    def _sizes(self, options: Mapping[str, Any], parts: tuple[str, ...]) -> Any:
        given = {name: options[name] for name in ("seconds", "users", "things") if options[name] is not None}
        steps = (options["steps"] or "").split(",") if options["steps"] else []
        try:
            if steps and parts == ("pool",):
                given["pools"] = tuple(int(step) for step in steps)
            elif steps and parts == ("cache",):
                given["caches"] = tuple(steps)
            elif steps:
                raise ValueError
        except ValueError:
            raise CommandError("--steps are those of one part: --only pool --steps 10,100, or --only cache --steps 8MB,64MB.") from None
        return import_string(settings.ELASTICITY.rpartition(".")[0] + ".Sizes")(**given)


def lines_of(found: Mapping[str, Any]) -> Iterator[str]:
    """A table for each part, and the threshold at which to act."""
    for part, told in found.items():
        key, words = WHAT[part]
        yield TITLES[part]
        yield f"{'':>10} {'requests/s':>12} {'p95 ms':>10} {words:>16} {'refused':>9} {'failed':>7}  bottleneck"
        for line in told["steps"]:
            mark = "<" if line["step"] == told["enough"] else ""
            rate = f"{line['requests_per_second']:>12,.1f} {line['p95_ms']:>10,.0f} {_percent(line[key]):>16}"
            yield f"{line['step']:>10} {rate} {line['refused']:>9,} {line['failed']:>7,}  {line['bottleneck']} {mark}".rstrip()
        yield f"{told['act']}\n"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:g} %"
