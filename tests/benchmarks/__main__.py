"""The command: measures, prints, and writes docs/benchmarks.md, whole or the sections of the chosen subjects."""

import argparse
import os
import sys
from pathlib import Path

import django

from config import env

ROUNDS, ROUNDS_QUICK = 9, 2
RECORDS, RECORDS_QUICK = 1_000_000, 20_000
THINGS, THINGS_QUICK = 20_000, 1_000
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
SUBJECTS = (
    "things",
    "alternatives",
    "connections",
    "changes",
    "events",
    "tenant_keys",
    "isolation",
    "api",
    "metrics",
    "observation",
    "checks",
    "quotas",
    "archive",
    "archive_depth",
    "file_load",
    "migration",
)


def main() -> int:
    """Runs what the command line asks for."""
    parser = argparse.ArgumentParser(prog="make bench", description="How fast Sextant writes, against PostgreSQL's COPY.")
    parser.add_argument("--quick", action="store_true", help="few rounds and a small file, in a minute; writes no document")
    parser.add_argument("--only", choices=SUBJECTS, action="append", help="one subject (may be repeated); writes its section alone")
    parser.add_argument("--rounds", type=int, default=None, help=f"rounds of the short measurements (default {ROUNDS})")
    parser.add_argument("--things", type=int, default=THINGS, help=f"things of the migration, with seven other rows each (default {THINGS:,})")
    chosen = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    env.act_as("owner")
    django.setup()
    from config.processes import raise_on_signals
    from tests.benchmarks.suite import Suite

    raise_on_signals()
    rounds = chosen.rounds or (ROUNDS_QUICK if chosen.quick else ROUNDS)
    suite = Suite(rounds, RECORDS_QUICK if chosen.quick else RECORDS, THINGS_QUICK if chosen.quick else chosen.things)
    try:
        suite.run(chosen.only or SUBJECTS, None if chosen.quick else DOCUMENT, whole=not chosen.only)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; the scratch database is dropped.\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
