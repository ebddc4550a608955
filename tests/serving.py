"""A real gunicorn, signed in to the test's database as the role of requests."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.addresses import ROOT, address, surroundings

THREADS = ["config.wsgi", "--workers", "1", "--threads", "8"]


@contextmanager
def serving(arguments: list[str], database_port: int | None = None, more: Mapping[str, str] | None = None) -> Iterator[str]:
    """A gunicorn with ARGUMENTS and MORE environment; its address. It reaches the database through DATABASE_PORT, by itself unless one is given."""
    url = urlsplit(address("app"))
    through = url._replace(netloc=f"{url.username}:{url.password}@127.0.0.1:{database_port or url.port}").geturl()
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            *arguments,
            "--bind",
            f"fd://{listener.fileno()}",
            "--no-control-socket",
            "--limit-request-line",
            "8190",
            "--log-level",
            "warning",
        ]
        given = {**surroundings(), "DATABASE_URL": through, "PLAIN_HTTP": "1", "LOG_LEVEL": "ERROR", **(more or {})}
        server = subprocess.Popen(command, cwd=ROOT, env=given, pass_fds=[listener.fileno()], start_new_session=True)
        place = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            _await(f"{place}/healthz", server)
            yield place
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)


def _await(place: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(place, timeout=5).read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the server did not answer; its exit code is {server.poll()}")
