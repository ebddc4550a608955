"""The generator, a process of its own: Locust turns sockets and sleeping into gevent's, which nothing else may live with.

Reads Orders as JSON from standard input; writes a line of JSON each second, and at the end one with everything. SIGTERM ends it early and in order.
"""

import gevent.monkey

gevent.monkey.patch_all()

import itertools  # noqa: E402 -- after the patch, as everything that may open a socket
import json  # noqa: E402
import os  # noqa: E402
import random  # noqa: E402
import re  # noqa: E402
import resource  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections import Counter, defaultdict  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
from gevent.event import Event as Flag  # noqa: E402
from locust import FastHttpUser, task  # noqa: E402
from locust.env import Environment  # noqa: E402

from monitoring.load.plan import (  # noqa: E402
    ADMIN_SHARE,
    HOT_SHARE,
    HOT_THINGS,
    MIX,
    PAGES,
    REST_SECONDS,
    TIMEOUT_SECONDS,
    Orders,
    pair_linked,
    rest_factor,
)

_PART = re.compile(r"(\w+);dur=([\d.]+)")


class Record:
    """Every answer since the ramp, by name: times of those that were served, and how often it was something else, which is mostly quick."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)
        self.errors: dict[str, Counter[str]] = defaultdict(Counter)
        self.parts: dict[str, list[float]] = defaultdict(list)
        self.read_from: Counter[str] = Counter()
        self.second: list[float] = []
        self.second_errors = 0
        self.is_measuring = False

    def add(self, name: str, ms: float, response: Any, exception: Exception | None) -> None:
        """An answer after MS, or none."""
        error = error_of(response, exception)
        self.second.append(ms)
        self.second_errors += error is not None
        if not self.is_measuring:
            return
        if error is not None:
            self.errors[name][error] += 1
            return
        self.times[name].append(ms)
        self.read_from[(response.headers or {}).get("Sextant-Read-From", "untold")] += 1
        for part, told in _PART.findall((response.headers or {}).get("Server-Timing", "")):
            self.parts[part].append(float(told))


def error_of(response: Any, exception: Exception | None) -> str | None:
    """The kind of error: `429 rate_exceeded`, `503 crowded`, `timeout`, `no connection`; None for an answer that is none."""
    status = getattr(response, "status_code", 0) or 0
    if status == 0:
        words = str(exception).lower()
        return "timeout" if "timed out" in words or "timeout" in words else "no connection"
    if status < 300:
        return None
    if status < 400:
        return f"{status} sent elsewhere"
    try:
        code = json.loads(response.text or "{}").get("code", "")
    except (ValueError, AttributeError):
        code = "page"
    return f"{status} {code}".strip()


def spread(values: list[float]) -> dict[str, float]:
    """How VALUES are spread, exactly; zeros for none."""
    ordered = sorted(values) or [0.0]
    at = {f"p{share}": ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))] for share in (50, 95, 99)}
    return {"count": len(values), "mean": sum(ordered) / len(ordered), "max": ordered[-1], **at}


ORDERS = Orders(**json.load(sys.stdin)) if __name__ == "__main__" else Orders("http://127.0.0.1", "", 1, 1.0, "normal", [], [], [], [])
RECORD = Record()
BEGAN = time.monotonic()
_numbers = itertools.count()
_links = itertools.count(len(ORDERS.things))
"""After those that were there at the beginning."""


class Simulated(FastHttpUser):
    """A user who rests as the scenario says."""

    abstract = True
    network_timeout = connection_timeout = TIMEOUT_SECONDS
    max_retries = 0
    headers: dict[str, str] = {}

    def wait_time(self) -> float:
        """Seconds until the next request."""
        return random.uniform(*REST_SECONDS) * rest_factor(ORDERS.scenario, time.monotonic() - BEGAN, ORDERS.seconds)  # noqa: S311

    def ask(self, name: str, method: str, path: str, body: Any = None) -> None:
        """One request; what became of it is heard of by the record."""
        given = {"json": body} if body is not None else {}
        self.client.request(method, path, name=name, headers=self.headers, allow_redirects=False, **given)


class ApiUser(Simulated):
    """Somebody with a token."""

    weight = round(100 * (1 - ADMIN_SHARE))

    def on_start(self) -> None:
        """Takes one of the tokens."""
        self.headers = {"Authorization": f"Bearer {ORDERS.tokens[next(_numbers) % len(ORDERS.tokens)]}"}

    @task
    def act(self) -> None:
        """The next request, by the weights of the mix."""
        (name,) = random.choices(list(MIX), list(MIX.values()))  # noqa: S311
        method, path, body = request_of(name)
        self.ask(name, method, f"/api/v1/groups/{ORDERS.group}/{path}", body)


class AdminUser(Simulated):
    """Somebody of the staff, with a session."""

    weight = round(100 * ADMIN_SHARE)

    def on_start(self) -> None:
        """Takes one of the sessions."""
        self.headers = {"Cookie": f"sessionid={ORDERS.sessions[next(_numbers) % len(ORDERS.sessions)]}"}

    @task
    def act(self) -> None:
        """The next page."""
        name = random.choice(list(PAGES))  # noqa: S311
        self.ask(name, "GET", PAGES[name])


def request_of(name: str) -> tuple[str, str, Any]:
    """Method, path below the group, and body of a request of the mix."""
    thing = _thing()
    reads = {
        "things: a page": "things/?limit=50",
        "things: one": f"things/{thing}/",
        "things: search": f"things/?search={random.choice(('lamp', 'chair', 'table', 'glass'))}",  # noqa: S311
        "thing: relationships": f"things/{thing}/relationships/",
        "thing: activity": f"things/{thing}/activity/",
        "thing: stats": f"things/{thing}/stats/",
        "connections: a page": f"connections/?thing={thing}",
        "events: a page": "events/?limit=50",
        "knowledge: search": "knowledge/?search=note",
        "group: metrics": "metrics/",
        "group: days": "metrics/days/",
    }
    if name in reads:
        return "GET", reads[name], None
    if name == "things: change one":
        return "PATCH", f"things/{thing}/?merge=true", {"properties": {"stock": random.randrange(1000)}}  # noqa: S311
    if name == "connections: write one":
        owner, owned = pair_linked(next(_links), ORDERS.owners, ORDERS.things)
        return "POST", "connections/", {"type": "owns", "from": owner, "to": owned, "metadata": {"n": _key()}}
    if name == "things: write one":
        return "POST", "things/", _new_thing()
    if name == "things: write 50":
        return "POST", "things/bulk/", [_new_thing() for _ in range(50)]
    if name == "events: write one":
        return "POST", "events/", _event(thing)
    return "POST", "events/bulk/", [_event(_thing()) for _ in range(100)]


def _thing() -> str:
    hot = random.random() < HOT_SHARE  # noqa: S311
    return random.choice(ORDERS.things[:HOT_THINGS] if hot else ORDERS.things)  # noqa: S311


def _key() -> str:
    return f"{next(_numbers)}-{random.getrandbits(48):x}"


def _new_thing() -> dict[str, Any]:
    return {"type": "product", "name": f"Lamp {_key()}", "externalId": _key(), "properties": {"price": 12, "currency": "EUR"}}


def _event(thing: str) -> dict[str, Any]:
    return {"type": "thing_viewed", "target": thing, "timestamp": datetime.now(UTC).isoformat(), "metadata": {"entityType": "product"}}


def told() -> dict[str, Any]:
    """Everything that was measured; times in ms, of requests that were served, counts of all."""
    every = [ms for times in RECORD.times.values() for ms in times]
    errors: Counter[str] = sum(RECORD.errors.values(), Counter())
    return {
        "kind": "end",
        "seconds": time.monotonic() - BEGAN - ORDERS.ramp_seconds,
        "all": {**spread(every), "count": len(every) + errors.total()},
        "errors": dict(errors),
        "names": {name: _named(name) for name in sorted({*RECORD.times, *RECORD.errors})},
        "read_from": dict(RECORD.read_from),
        "parts": {part: spread(values) for part, values in RECORD.parts.items()},
    }


def _named(name: str) -> dict[str, Any]:
    errors = RECORD.errors.get(name, Counter())
    times = RECORD.times.get(name, [])
    return {**spread(times), "count": len(times) + errors.total(), "errors": dict(errors)}


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _second(runner: Any) -> None:
    took, RECORD.second = RECORD.second, []
    failed, RECORD.second_errors = RECORD.second_errors, 0
    used = resource.getrusage(resource.RUSAGE_SELF)
    line = {"kind": "second", "at": time.monotonic() - BEGAN, "users": runner.user_count, "requests": len(took), "errors": failed}
    _say({**line, "p95": spread(took)["p95"] if took else 0.0, "cpu": used.ru_utime + used.ru_stime, "measuring": RECORD.is_measuring})


def main() -> None:
    """Simulates until the time is over, or SIGTERM."""
    environment = Environment(user_classes=[ApiUser, AdminUser], host=ORDERS.address)
    environment.events.request.add_listener(  # type: ignore[no-untyped-call]
        lambda name, response_time, response=None, exception=None, **_: RECORD.add(name, response_time, response, exception)
    )
    runner = environment.create_local_runner()
    ended = Flag()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, ended.set)
    runner.start(ORDERS.users, spawn_rate=max(1.0, ORDERS.users / max(0.5, ORDERS.ramp_seconds)))
    parent = os.getppid()
    while not ended.is_set() and time.monotonic() - BEGAN < ORDERS.seconds and os.getppid() == parent:
        ended.wait(min(1.0, max(0.05, ORDERS.seconds - (time.monotonic() - BEGAN))))
        RECORD.is_measuring = time.monotonic() - BEGAN >= ORDERS.ramp_seconds
        _second(runner)
    _say(told())
    runner.quit()


if __name__ == "__main__":
    main()
