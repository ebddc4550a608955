"""The API over HTTP, beside the service that it calls: a gunicorn of one process, as in production, on the same machine."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import orjson

from ontology.models import Group, Thing
from ontology.services.things import things_insert
from tests.addresses import ROOT, surroundings
from tests.benchmarks.database import served
from tests.benchmarks.racing import Call, Contender, Times, race
from tests.benchmarks.records import new_group, thing_items
from tests.benchmarks.report import Goal, Line, Section, ratio_line, yardstick_line
from tests.factories import make_membership
from tests.ontology.api.client import make_token

ROWS, READS = 10_000, 100
SERVICE, OVER_HTTP = "service", "http"


def measure(rounds: int) -> Section:
    """A bulk call of 10,000 things, and reading 100."""
    text = orjson.dumps([{"externalId" if name == "external_id" else name: value for name, value in item.items()} for item in thing_items(ROWS)])
    with served(), serving() as port:
        times = race([Contender(SERVICE, ROWS, _service_call), Contender(OVER_HTTP, ROWS, lambda: _http_call(port, text))], rounds)
        reads = _reads(port, rounds)
    goal = Goal(15, "ms")
    return Section(
        "API",
        [
            yardstick_line("things_insert of 10,000 things", times[SERVICE]),
            ratio_line("POST things/bulk/ of 10,000 things", times[OVER_HTTP], ("things_insert of 10,000", times[SERVICE]), Goal(2, "x")),
            Line(f"GET of {READS} things", *_shown(reads), "", "", goal.text, goal.verdict(reads.median * 1000)),
        ],
        ["The client sends and reads over one kept connection; its own time counts. Both sides of the bulk call are bound by row-level security."],
    )


def _shown(times: Times) -> tuple[str, str, str]:
    return f"{times.median * 1000:.1f} ms", f"{times.best * 1000:.1f} ms", f"{times.spread:.0%}"


def _service_call() -> Call:
    group, text = new_group(), orjson.dumps(thing_items(ROWS))
    return Call(lambda: things_insert(group, orjson.loads(text), default_status="active"), Thing.objects.in_group(group).count, group)


def _http_call(port: int, text: bytes) -> Call:
    group = new_group()
    token = _token(group)
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.connect()
    return Call(
        lambda: _sent(line, "POST", f"/api/v1/groups/{group.slug}/things/bulk/?defaultStatus=active", token, text),
        Thing.objects.in_group(group).count,
    )


def _token(group: Group) -> str:
    return make_token(make_membership(group, role="group_owner").person)


def _sent(line: http.client.HTTPConnection, method: str, path: str, token: str, text: bytes = b"") -> bytes:
    with suppress(BrokenPipeError):  # an early refusal says why
        line.request(method, path, text or None, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    answer = line.getresponse()
    body = answer.read()
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path} was answered {answer.status}: {body[:300]!r}")
    return body


def _reads(port: int, rounds: int) -> Times:
    group = new_group()
    things_insert(group, thing_items(5 * READS))
    token, line = _token(group), http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    seconds = []
    for turn in range(20 * rounds + 5):
        begun = time.perf_counter()
        body = _sent(line, "GET", f"/api/v1/groups/{group.slug}/things/?limit={READS}", token)
        if turn >= 5:
            seconds.append(time.perf_counter() - begun)
        if turn == 0 and len(orjson.loads(body)["items"]) != READS:
            raise RuntimeError("the page is not full")
    return Times(tuple(seconds))


SERVED = "benchmark_api"
"""The name of the server's sessions in the database."""


@contextmanager
def serving() -> Iterator[int]:
    """A gunicorn with one worker of four threads; its port."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--workers", "1", "--threads", "4", "--bind", f"fd://{listener.fileno()}"]
        given = {**surroundings(), "PLAIN_HTTP": "1", "LOG_LEVEL": "ERROR", "PGAPPNAME": SERVED}
        server = subprocess.Popen(
            [*command, "--no-control-socket", "--log-level", "error"], cwd=ROOT, env=given, pass_fds=[listener.fileno()], start_new_session=True
        )
        try:
            yield int(listener.getsockname()[1])
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)
