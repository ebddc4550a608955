"""What watching costs: the API's mix with statements watched and not, and a minute's sample against the minute."""

import http.client
import os
from collections.abc import Mapping
from contextlib import ExitStack
from statistics import median
from time import perf_counter

from django.conf import settings

from monitoring.database.conditions import conditions_minutely, observe
from monitoring.database.overview import performance_metrics
from monitoring.database.sampling import sample_take
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Group
from ontology.services.things import things_insert
from tests.benchmarks.api import _sent, _token, serving
from tests.benchmarks.database import served
from tests.benchmarks.racing import Times
from tests.benchmarks.records import new_group, thing_items
from tests.benchmarks.report import Goal, Line, Section, ratio_line, yardstick_line

ROUNDS, CALLS = 30, 25
THINGS = 200


def measure(rounds: int) -> Section:
    """Two servers at once, one that watches and one that does not, asked in turns; ROUNDS of each whatever was asked for."""
    with served():
        group = new_group()
        with acting(PLATFORM_SCOPE):
            things_insert(group, thing_items(THINGS), default_status="active")
        times = _mixes(group)
    name, plain = "the API's mix, statements not watched", times["0"]
    samples = _samples()
    share = 100 * median(samples) / 60
    goal = Goal(2, "% of a minute")
    return Section(
        "Observation",
        [
            yardstick_line(name, plain),
            ratio_line("the API's mix, statements watched", times["1"], (name, plain), Goal(1.02, "x")),
            Line(
                "a minute's sample, conditions and page",
                f"{median(samples) * 1000:.0f} ms",
                "",
                "",
                "a minute",
                f"{share:.2f} %",
                goal.text,
                goal.verdict(share),
            ),
        ],
        [f"A mix is {CALLS} calls over one kept connection: pages of things, events and connections, and the quotas."],
    )


def _mixes(group: Group) -> Mapping[str, Times]:
    """Seconds of a mix, of the server that watches (1) and of the one that does not (0)."""
    token = _token(group)
    found: dict[str, list[float]] = {"0": [], "1": []}
    with ExitStack() as stack:
        ports = {}
        for watches in found:
            os.environ["WATCH_STATEMENTS"] = watches
            port = stack.enter_context(serving())
            ports[watches] = port
        os.environ.pop("WATCH_STATEMENTS")
        for number in range(ROUNDS + 3):
            for watches in sorted(ports, reverse=bool(number % 2)):
                began = perf_counter()
                _mix(ports[watches], group, token)
                if number >= 3:  # the first warm up
                    found[watches].append(perf_counter() - began)
    return {watches: Times(tuple(seconds)) for watches, seconds in found.items()}


def _mix(port: int, group: Group, token: str) -> None:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    base = f"/api/v1/groups/{group.slug}"
    for number in range(CALLS):
        path = (
            f"{base}/things/?limit=50",
            f"{base}/things/?limit=5&type=note",
            f"{base}/events/?limit=20",
            f"{base}/quotas/",
            f"{base}/connections/?limit=20",
        )[number % 5]
        _sent(line, "GET", path, token)
    line.close()


def _samples() -> list[float]:
    settings.SAMPLE_SECONDS = 0
    found = []
    with acting(PLATFORM_SCOPE):
        for _ in range(10):
            began = perf_counter()
            sample_take()
            performance_metrics()
            observe(conditions_minutely())
            found.append(perf_counter() - began)
    return found
