"""Simulates users against a real server."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from monitoring.load.plan import SCENARIOS
from ontology.errors import DomainError
from ontology.models import Run

MISSING = "The generator of load is not installed: .venv/bin/pip install --require-hashes --no-deps -r requirements/load.txt"
FIRST_PORT = 8000


class Command(BaseCommand):
    """The door to monitoring.load.simulation."""

    help = (
        "Simulates users against a real server, on data in a group of its own that is removed afterwards, and names what the server could do no more of. "
        "The report stands in the admin with the run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument("--users", type=int, default=100, metavar="N", help="users at once (100)")
        parser.add_argument("--seconds", type=float, default=60.0, metavar="N", help="how long, the ramp included (60)")
        parser.add_argument(
            "--scenario", choices=list(SCENARIOS), default="normal", help="; ".join(f"{name}: {what}" for name, what in SCENARIOS.items())
        )
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--address", metavar="URL", help="the server (SITE_URL, else http://127.0.0.1:8000)")
        where.add_argument("--serve", metavar="WORKERSxTHREADS", nargs="?", const="2x4", help="start a server on this machine for it (2x4)")
        parser.add_argument("--things", type=int, default=2_000, metavar="N", help="things to work on, with twice as many events (2,000)")
        parser.add_argument("--plan", default="enterprise", metavar="NAME", help="the plan whose limits hold for the users (enterprise: none)")
        parser.add_argument("--report", type=Path, metavar="PATH", help="write the report there: a folder (both kinds), a .json or an .html file")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument("--on-this-database", metavar="NAME", help="simulate on a database that is not the demo's: its name, as you mean it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Simulates; prints what came of it."""
        if find_spec("locust") is None or find_spec("psutil") is None:
            raise CommandError(MISSING)
        self._demand_database(options["on_this_database"])
        from monitoring.load.report import compared, lines_of, reports_write
        from monitoring.load.simulation import Wanted, simulate

        given = options["serve"]
        with serving(*_size(given)) if given else nullcontext(options["address"] or settings.SITE_URL or f"http://127.0.0.1:{FIRST_PORT}") as address:
            wanted = Wanted(address.rstrip("/"), options["users"], options["seconds"], options["scenario"], options["things"], options["plan"])
            try:
                run = simulate(wanted, on_second=self._second)
            except DomainError as refused:
                raise CommandError(str(refused)) from None
            except KeyboardInterrupt:
                raise CommandError("Stopped; the data of the simulation is removed.", returncode=130) from None
        if not run.result:
            raise CommandError(f"The run {run.pk} is {run.get_state_display().lower()}; the data of the simulation is removed.")
        report = compared(run)
        self.stdout.write(json.dumps(report, indent=1) if options["json"] else "\n".join(lines_of(report)))
        if options["report"] is not None:
            try:
                written = reports_write(report, options["report"])
            except OSError as refused:
                raise CommandError(f"The report cannot be written to {options['report']}: {refused.strerror}. It stands in the admin.") from None
            for path in written:
                self.stderr.write(f"Written: {path}")

    def _second(self, run: Run) -> None:
        self.stderr.write(f"{run.done:>5} s  {run.step}")

    def _demand_database(self, name: str | None) -> None:
        """Raises CommandError on a database that nobody said to be for this."""
        database = str(settings.DATABASES["default"]["NAME"])
        if settings.IS_PLAYGROUND or database.startswith("test_") or name == database:
            return
        raise CommandError(
            f"The database {database!r} is not the demo's: a simulation makes and removes data there, and takes the server from those who use it. "
            f"If you mean it, add --on-this-database {database}."
        )


def _size(text: str) -> tuple[int, int]:
    workers, _, threads = text.partition("x")
    if not (workers.isdigit() and threads.isdigit() and int(workers) and int(threads)):
        raise CommandError(f"--serve takes workers and threads, such as 2x4, not {text!r}.")
    return int(workers), int(threads)


@contextmanager
def serving(workers: int, threads: int) -> Iterator[str]:
    """A server of this installation on the loopback, of that size; its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        words = [*settings.WEB_SERVER, "--workers", str(workers), "--threads", str(threads), "--no-control-socket", "--log-level", "warning"]
        program = ["env", "PLAIN_HTTP=1", "LOG_LEVEL=ERROR", sys.executable, "-m", *words, "--bind", f"fd://{listener.fileno()}"]
        with subprocess.Popen(program, pass_fds=[listener.fileno()], start_new_session=True) as server:  # noqa: S603
            try:
                address = f"http://127.0.0.1:{listener.getsockname()[1]}"
                _await(address, server)
                yield address
            finally:
                server.terminate()


def _await(address: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=5).read()  # noqa: S310
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise CommandError(f"The server did not start (exit code {server.poll()}); its words stand above.")
