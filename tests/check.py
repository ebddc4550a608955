"""`make check`: every rule of the house that a tool can hold, one after the other; all are run, and the answer names those that failed."""

import argparse
import os
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass, field

PYTHON = sys.executable
PRODUCTION = {"DEMO": "0", "DEBUG": "0", "SECRET_KEY": secrets.token_urlsafe(60)}


@dataclass(frozen=True)
class Step:
    """A command that exits with 0 when its rule holds."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)


STEPS = (
    Step("ruff", [PYTHON, "-m", "ruff", "check", "."]),
    Step("ruff format", [PYTHON, "-m", "ruff", "format", "--check", "."]),
    Step("types", [PYTHON, "-m", "mypy", "config", "ontology", "quotas", "archival", "monitoring"]),
    Step("layers", [PYTHON, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]),
    Step("migrations complete", [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"]),
    Step("migrations safe", [PYTHON, "-m", "tests.migrations"]),
    Step("deployment", [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
    Step("house rules", [PYTHON, "-m", "pytest", "-q", "tests/test_house_rules.py", "tests/ontology/test_admin_queries.py"]),
    Step("requirements agree", [PYTHON, "-m", "pip", "check"]),
)


def main() -> int:
    """Runs every step but those left out; the number of those that failed."""
    parser = argparse.ArgumentParser(prog="make check", description="Holds every rule that a tool can hold.")
    names = [step.name.replace(" ", "-") for step in STEPS]
    parser.add_argument("--without", choices=names, action="append", default=[], help="leave a step out, such as one that `make test` runs too")
    without = parser.parse_args().without
    steps = [step for step in STEPS if step.name.replace(" ", "-") not in without]
    failed = [step.name for step in steps if not _holds(step)]
    left_out = f", left out: {', '.join(without)}" if without else ""
    sys.stdout.write(f"{len(steps) - len(failed)} passed, {len(failed)} failed{left_out}\n")
    return len(failed)


def _holds(step: Step) -> bool:
    """Runs STEP and tells how it went."""
    started = time.monotonic()
    done = subprocess.run(step.command, env={**os.environ, **step.environment}, capture_output=True, text=True, check=False)
    mark = "ok" if done.returncode == 0 else "FAILED"
    sys.stdout.write(f"{step.name:22} {mark:7} {time.monotonic() - started:5.1f} s\n")
    if done.returncode != 0:
        sys.stdout.write(done.stdout[-6000:] + done.stderr[-3000:] + "\n")
    sys.stdout.flush()
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
