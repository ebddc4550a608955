"""The command: a page of the database that renews itself for so many minutes, while samples are taken as the clock does; 1 where something leaks."""

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

import django
from playwright.sync_api import sync_playwright

from config import env

SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
WARM_UP = 20


def main() -> int:
    """Runs what the command line asks for."""
    parser = argparse.ArgumentParser(prog="make soak", description="Lets the page of the database renew itself, and tells what it leaks.")
    parser.add_argument("--minutes", type=float, default=60, help="how long (default 60)")
    parser.add_argument("--every", type=float, default=60, help="seconds between two renewals; people have 60 (default 60)")
    chosen = parser.parse_args()
    if chosen.minutes <= 0 or not 0.05 <= chosen.every <= 60:
        parser.error("--minutes must be more than 0, and --every between 0.05 and 60 seconds.")
    program = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
    if not Path(program).exists():
        parser.error("Chromium is not there: install it first.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps an event loop in this thread, which Django takes for an asynchronous caller
    env.act_as("owner")
    django.setup()
    from config.processes import raise_on_signals

    raise_on_signals()
    try:
        found = _soaked(program, chosen.minutes, chosen.every)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; the scratch database is dropped.\n")
        return 130
    sys.stdout.write(f"Leaks: {'; '.join(found)}.\n" if found else "Nothing leaks.\n")
    return 1 if found else 0


def _soaked(program: str, minutes: float, every: float) -> list[str]:
    """Opens the page twenty times so that everything was used once, then lets it renew itself for MINUTES, told about five times."""
    from monitoring.database.tasks import sample_database
    from tests.benchmarks.database import scratch_database, served
    from tests.monitoring.database.plenty import history_plant
    from tests.soak.soaking import leaks, soaking

    with scratch_database(), served(), sync_playwright() as playwright:
        history_plant()
        sample_database()
        browser = playwright.chromium.launch(executable_path=program, args=SWITCHES)
        with soaking(browser, every_seconds=every) as soak:
            for _ in range(WARM_UP):
                soak.page.reload()
            before = soak.until(1)
            sys.stdout.write(f"{before}\n")
            after, ends = before, time.monotonic() + 60 * minutes
            told = time.monotonic()
            while time.monotonic() < ends:
                after = soak.until(soak.renewals + 1, meanwhile=sample_database)
                if time.monotonic() - told >= min(600, 12 * minutes):
                    told = time.monotonic()
                    sys.stdout.write(f"{after}\n")
                    sys.stdout.flush()
            sys.stdout.write(f"{after}\n{soak.refused} renewals refused.\n")
        browser.close()
    return leaks(before, after)


if __name__ == "__main__":
    sys.exit(main())
