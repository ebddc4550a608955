"""What observing costs: the API's mix and pgbench with all of it and with none, and a minute's sample against the minute."""

import http.client
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

import psutil
import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from config import env
from monitoring.database.conditions import conditions_minutely, observe
from monitoring.database.overview import performance_metrics
from monitoring.database.sampling import sample_take
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Group
from ontology.services.things import things_insert
from tests.benchmarks import pgbench
from tests.benchmarks.api import _sent, _token, serving
from tests.benchmarks.database import served
from tests.benchmarks.pgbench import SCALE
from tests.benchmarks.racing import Times
from tests.benchmarks.records import new_group, thing_items
from tests.benchmarks.report import Goal, Line, Section, ratio_line, yardstick_line

ROUNDS, CALLS = 40, 25
PGBENCH_ROUNDS = 25
THINGS = 200


def measure(rounds: int) -> Section:
    """Two servers at once, one that watches and one that does not, asked in turns; ROUNDS of each whatever was asked for."""
    with served():
        group = new_group()
        with acting(PLATFORM_SCOPE):
            things_insert(group, thing_items(THINGS), default_status="active")
        times, processor = _mixes(group)
    name, plain = "the API's mix, nothing observed", times["0"]
    work = "its processor time, nothing observed"
    samples = _samples()
    share = 100 * median(samples) / 60
    goal = Goal(2, "% of a minute")
    return Section(
        "Observation",
        [
            yardstick_line(name, plain),
            ratio_line("the API's mix, all observed", times["1"], (name, plain), Goal(1.02, "x")),
            yardstick_line(work, processor["0"]),
            ratio_line("its processor time, all observed", processor["1"], (work, processor["0"]), Goal(1.02, "x")),
            *_pgbench_lines(),
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
        [
            f"A mix is {CALLS} calls over one kept connection: pages of things, events and connections, and the quotas. Observed: statements watched in the"
            " process and counted by pg_stat_statements. Its processor time is that of the web and of its sessions.",
            f"pgbench at scale {SCALE}, one session, {PGBENCH_ROUNDS} rounds of each in turns; its processor time is that of the session.",
        ],
    )


def _pgbench_lines() -> list[Line]:
    lines = []
    for load, by_track in pgbench.measured(PGBENCH_ROUNDS).items():
        for words, place in (("", 0), (": processor time", 1)):
            name, plain = f"{load}{words}, not counted", by_track[pgbench.NOT].times[place]
            lines += [
                yardstick_line(name, plain),
                ratio_line(f"{load}{words}, counted", by_track[pgbench.TOP].times[place], (name, plain), Goal(1.02, "x")),
            ]
    return lines


@contextmanager
def _counting_may_be_off() -> Iterator[None]:
    """Lets the role of requests choose not to be counted by pg_stat_statements, until the end of the block."""
    role = sql.Identifier(settings.DATABASE_ROLES["app"])
    with psycopg.connect(env.text("DATABASE_ADMIN_URL"), autocommit=True) as session:
        session.execute(sql.SQL("GRANT SET ON PARAMETER pg_stat_statements.track TO {}").format(role))
        try:
            yield
        finally:
            session.execute(sql.SQL("REVOKE SET ON PARAMETER pg_stat_statements.track FROM {}").format(role))


def _mixes(group: Group) -> tuple[Mapping[str, Times], Mapping[str, Times]]:
    """Seconds of a mix, of the server that is observed (1) and of the one that is not (0); and the seconds of processor that it took."""
    token = _token(group)
    found: dict[str, list[float]] = {"0": [], "1": []}
    processor: dict[str, list[float]] = {"0": [], "1": []}
    with _counting_may_be_off(), ExitStack() as stack:
        ports, webs = {}, {}
        for watches in found:
            known = {child.pid for child in psutil.Process().children()}
            track = "top" if watches == "1" else "none"
            os.environ.update(WATCH_STATEMENTS=watches, PGOPTIONS=f"-c pg_stat_statements.track={track}", PGAPPNAME=f"observed {watches}")
            ports[watches] = stack.enter_context(serving())
            (webs[watches],) = [child for child in psutil.Process().children() if child.pid not in known]
        for name in ("WATCH_STATEMENTS", "PGOPTIONS", "PGAPPNAME"):
            os.environ.pop(name)
        for number in range(ROUNDS + 3):
            for watches in sorted(ports, reverse=bool(number % 2)):
                before, began = _processor(webs[watches], watches), perf_counter()
                _mix(ports[watches], group, token)
                taken = perf_counter() - began
                if number >= 3:  # the first warm up
                    found[watches].append(taken)
                    processor[watches].append(_processor(webs[watches], watches) - before)
    return tuple({watches: Times(tuple(seconds)) for watches, seconds in each.items()} for each in (found, processor))  # type: ignore[return-value]


def _processor(web: psutil.Process, watches: str) -> float:
    """Seconds of processor that a web and its sessions have taken so far, to the nanosecond, as the scheduler counts them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [f"observed {watches}"])
        sessions = [pid for (pid,) in cursor.fetchall()]
    threads = [path for process in (web, *web.children(recursive=True)) for path in Path(f"/proc/{process.pid}/task").iterdir()]
    places = [*threads, *(Path(f"/proc/{pid}") for pid in sessions)]
    return sum(int((place / "schedstat").read_text().split()[0]) for place in places) / 1e9


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
