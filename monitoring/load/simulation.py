"""A simulation as a run: data made, users simulated, samples taken, everything removed, the report kept as the run's result."""

import http.client
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection

from monitoring.errors import LoadRefused
from monitoring.load.plan import KIND, SCENARIOS, TIMEOUT_SECONDS, Orders
from monitoring.load.processes import Processes, database_processes, server_processes, with_children
from monitoring.load.sampling import Sampler, summary
from monitoring.load.verdict import Measured, bottleneck, limits_reached
from monitoring.load.world import World, world_make, worlds_remove
from monitoring.sql import rows
from ontology.choices import RUN_STATES_ENDED, RUN_STATES_HELD
from ontology.models import Run
from ontology.services.runs import Chunk, Driver, Job, NewRun, run_cancel, run_start, runs_sweep

RATE_REFUSED, BUSY, UNAVAILABLE = "429", "503", "503 unavailable"
QUIET_SECONDS = 10.0
GENERATOR = "monitoring.load.generator"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A simulation that is asked for. Times in seconds; THINGS beside which connections, events and knowledge are made in proportion."""

    address: str
    users: int
    seconds: float
    scenario: str = "normal"
    things: int = 2_000
    plan: str = "enterprise"

    def demand(self) -> None:
        """Raises LoadRefused where it makes no sense."""
        if self.users < 1 or self.seconds <= 0 or self.things < 20:
            raise LoadRefused("A simulation has a user at least, takes some seconds, and works on 20 things at least.")
        if self.scenario not in SCENARIOS:
            raise LoadRefused(f"There is no scenario {self.scenario!r}; known are {', '.join(SCENARIOS)}.")


@dataclass(slots=True)
class LoadJob(Job):
    """Simulates. The work is done by the generator's process; the chunks are its seconds. `on_made` hears of the data before the users begin."""

    wanted: Wanted
    on_made: Callable[[World], None] = lambda world: None
    report: dict[str, Any] = field(default_factory=dict)

    def chunks(self, run: Run) -> Iterator[Chunk]:
        """The data, then each second, then the removal: which comes too when the run is stopped or fails."""
        try:
            world: list[World] = []
            yield Chunk(lambda: world.append(self._made()), atomic=False, step="making the data")
            with self._generating(world[0]) as generator, self._sampling(generator) as sampler:
                yield from self._seconds(run, generator, sampler)
            if not self.report:
                raise LoadRefused(f"The generator ended without a report (exit code {generator.poll()}); its words stand above.")
        finally:
            _quiet()
            worlds_remove()

    def _made(self) -> World:
        worlds_remove()
        wanted = self.wanted
        world = world_make(things=wanted.things, people=wanted.users, seconds=wanted.seconds, plan=wanted.plan)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE ontology_thing, ontology_connection, ontology_event, ontology_knowledge")
        server_demand(wanted.address, world)
        self.on_made(world)
        return world

    @contextmanager
    def _generating(self, world: World) -> Iterator["subprocess.Popen[str]"]:
        wanted = self.wanted
        orders = Orders(
            wanted.address,
            world.group.slug,
            wanted.users,
            wanted.seconds,
            wanted.scenario,
            tokens=world.tokens,
            sessions=world.sessions,
            things=world.things,
            owners=world.owners,
        )
        with subprocess.Popen([sys.executable, "-m", GENERATOR], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:  # noqa: S603
            try:
                assert child.stdin is not None
                json.dump(orders.as_data(), child.stdin)
                child.stdin.close()
                yield child
            finally:
                if child.poll() is None:
                    child.terminate()
                    try:
                        child.wait(TIMEOUT_SECONDS)
                    except subprocess.TimeoutExpired:
                        child.kill()

    @contextmanager
    def _sampling(self, generator: "subprocess.Popen[str]") -> Iterator[Sampler]:
        found = {"server": server_processes(self.wanted.address), "database": database_processes(), "generator": with_children(generator.pid)}
        with Sampler(Processes({name: processes for name, processes in found.items() if processes is not None})) as sampler:
            yield sampler

    def _seconds(self, run: Run, generator: "subprocess.Popen[str]", sampler: Sampler) -> Iterator[Chunk]:
        run.total = round(self.wanted.seconds)
        timeline: list[dict[str, Any]] = []
        assert generator.stdout is not None
        for text in generator.stdout:
            line = json.loads(text)
            if line.pop("kind") == "end":
                self.report = report_of(self.wanted, line, timeline, sampler)
                return
            sampler.measuring = line["measuring"]
            timeline.append(line)
            step = f"{line['users']:,} users, {line['requests']:,} requests a second, p95 {line['p95']:,.0f} ms, {line['errors']:,} errors"
            yield Chunk(lambda: None, done=round(line["at"]), step=step)

    def finish(self, run: Run) -> dict[str, Any]:
        """The report."""
        return self.report

    def told(self, run: Run) -> str:
        """How far it came."""
        return f"{run.done:,} of {self.wanted.seconds:,.0f} seconds were simulated; the data of the simulation is removed."


def simulate(wanted: Wanted, *, on_second: Callable[[Run], None] = lambda run: None, on_made: Callable[[World], None] = lambda world: None) -> Run:
    """Runs a simulation in this process to its end; the run, with the report as its result.

    Raises LoadRefused, RunExclusive while another is at work, and what stopped it.
    """
    wanted.demand()
    _dead_end()
    run = run_start(NewRun(KIND, parameters=asdict(wanted), exclusive=KIND))
    return Driver(LoadJob(wanted, on_made), on_chunk=on_second).drive(run.pk)


def _quiet() -> None:
    """Waits until requests that are under way are done, for a while: what they look at is about to go."""
    deadline = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < deadline:
        ((_, _, active, open_transactions, *_),) = rows("load_sample", {"role": settings.DATABASE_ROLES["app"]})
        if not active and not open_transactions:
            return
        time.sleep(0.3)


def _dead_end() -> None:
    """Ends the runs of simulations that were killed: their like cannot be continued."""
    runs_sweep()
    for run in Run.objects.filter(kind=KIND).exclude(state__in=[*RUN_STATES_ENDED, *RUN_STATES_HELD]):
        run_cancel(run)


def server_demand(address: str, world: World) -> None:
    """Raises LoadRefused unless a server answers at ADDRESS that works on this very database and lets the simulation's people in."""
    asked = urllib.request.Request(f"{address}/api/v1/groups/{world.group.slug}/", headers={"Authorization": f"Bearer {world.tokens[0]}"})  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=TIMEOUT_SECONDS):  # noqa: S310
            return
    except urllib.error.HTTPError as refused:
        if refused.code in {401, 404}:
            raise LoadRefused(
                f"The server at {address} works on another database than this command: it knows nothing of the data just made."
            ) from None
        if refused.code != http.client.TOO_MANY_REQUESTS:
            raise LoadRefused(f"The server at {address} answers {refused.code}.") from None
    except (OSError, http.client.HTTPException) as nobody:
        raise LoadRefused(f"No server answers at {address} ({nobody}). Name another with --address, or add --serve.") from None


def report_of(wanted: Wanted, told: Mapping[str, Any], timeline: list[dict[str, Any]], sampler: Sampler) -> dict[str, Any]:
    """The report as plain data: what was asked, what was answered, what was sampled, and what was the limit."""
    found = summary(sampler.samples)
    errors = Counter(told["errors"])
    requests = told["all"].get("count", 0)
    measuring = [line for line in timeline if line["measuring"]]
    generator = (measuring[-1]["cpu"] - measuring[0]["cpu"]) / (measuring[-1]["at"] - measuring[0]["at"]) if len(measuring) > 1 else 0.0
    parts = {name: told["parts"].get(name, {}).get("mean") for name in ("queue", "app", "conn", "db")}
    rate_refused = sum(count for kind, count in errors.items() if kind.startswith(RATE_REFUSED))
    measured = Measured(
        requests,
        rate_refused,
        errors[UNAVAILABLE],
        parts["queue"],
        parts["app"],
        parts["conn"],
        parts["db"],
        found,
        generator,
        sampler.blockers,
    )
    refused = rate_refused + sum(count for kind, count in errors.items() if kind.startswith(BUSY))
    return {
        "wanted": asdict(wanted),
        "seconds": round(told["seconds"], 2),
        "requests": requests,
        "requests_per_second": round((requests - errors.total()) / told["seconds"], 2) if told["seconds"] > 0 else 0.0,
        "ms": {name: round(value, 2) for name, value in told["all"].items() if name != "count"},
        "refused": refused,
        "failed": errors.total() - refused,
        "errors": dict(errors.most_common()),
        "names": told["names"],
        "read_from": told["read_from"],
        "server_ms": {name: round(value["mean"], 2) for name, value in told["parts"].items()},
        "generator_cores": round(generator, 2),
        "sampled": dict(found),
        "blockers": sampler.blockers,
        "timeline": [{name: line[name] for name in ("at", "users", "requests", "errors", "p95")} for line in timeline][-600:],
        "bottleneck": bottleneck(measured).as_data(),
        "limits_reached": [it.as_data() for it in limits_reached(measured)],
    }
