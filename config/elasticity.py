"""What more connections, more cache and a replica bring, measured on servers of its own that are removed afterwards; and from where on each is worth it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config import env
from config.errors import SetupError
from config.postgres import Postgres
from config.replica import Replica
from config.servers import Servers
from monitoring.errors import LoadRefused

POOLS = (10, 25, 50, 100)
CACHES = ("2MB", "8MB", "32MB", "128MB", "512MB")
ENOUGH = 0.95
"""Of the best rate, or of the way from the worst hit ratio to the best: more than that is not worth the next step."""
PREFIX = "elasticity-"
type Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How thoroughly: seconds of each measurement, users of most, things to work on, and the steps of pool and cache."""

    seconds: float = 12.0
    users: int = 120
    things: int = 3_000
    pools: Sequence[int] = POOLS
    caches: Sequence[str] = CACHES


@dataclass(slots=True)
class Scratch:
    """A PostgreSQL and a Valkey of our own, with the tables of this version."""

    servers: Servers
    addresses: dict[str, str]
    primary: Postgres
    taken: list[dict[str, Any]] = field(default_factory=list)

    def restarted(self, **settings: str) -> None:
        """Starts the database anew with other settings; it listens elsewhere then."""
        self.primary.stop()
        self.primary.more = settings
        port = self.primary.start()
        self.addresses |= {name: _at(url, port) for name, url in self.addresses.items() if name.startswith("DATABASE_") and name.endswith("_URL")}

    def manage(self, *words: str, **more: str) -> str:
        """What a command prints. Raises SetupError when it fails."""
        given = env.child(**{**self.addresses, "DEMO": "1", "LOG_LEVEL": "CRITICAL", **more})
        command = [sys.executable, "-W", "ignore", "manage.py", *words]
        done = subprocess.run(command, env=given, cwd=env.ROOT, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise SetupError(f"manage.py {words[0]} failed: {done.stderr.strip()[-600:]}")
        return done.stdout

    def simulated(self, sizes: Sizes, users: int, serve: str, **more: str) -> dict[str, Any]:
        """The report of a simulation against a web server of its own."""
        words = ["--users", str(users), "--seconds", str(sizes.seconds), "--things", str(sizes.things), "--scenario", "stress", "--serve", serve]
        report: dict[str, Any] = json.loads(self.manage("simulate_load", *words, "--json", **more))
        return report


def _at(url: str, port: int) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{port}").geturl()


@contextmanager
def scratch() -> Iterator[Scratch]:
    """Servers of our own until the end of the block; those of a run that was killed go first."""
    var = env.ROOT / "var"
    for left in var.glob(f"{PREFIX}*"):
        found = Servers(left, Path(sys.executable), {})
        if not found.down():
            found.remove()
    servers = Servers(var / f"{PREFIX}{env.process_number()}", Path(sys.executable), {})
    try:
        with servers.used("test_elasticity") as addresses:
            made = Scratch(servers, {**addresses, "REPLICA_URL": "", "DATABASE_POOL": "0"}, servers.postgres())
            made.manage("migrate", "--verbosity", "0")
            yield made
    finally:
        servers.remove()


def measure(say: Say, sizes: Sizes | None = None, parts: Sequence[str] = ("pool", "cache", "replica")) -> dict[str, Any]:
    """What the chosen PARTS come to, each with its steps and the threshold at which to act; takes minutes. SAY hears how far it is.

    Raises LoadRefused where a server of its own, or what runs on it, fails.
    """
    sizes = sizes or Sizes()
    measures = {"pool": _pool, "cache": _cache, "replica": _replica}
    try:
        with scratch() as made:
            return {part: measures[part](made, sizes, say) for part in parts}
    except SetupError as failed:
        raise LoadRefused(str(failed)) from None


def _line(step: str, report: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    told = {"step": step, "requests_per_second": report["requests_per_second"], "p95_ms": report["ms"].get("p95", 0.0)}
    told["errors"] = report["errors"]
    return {**told, "refused": report["refused"], "failed": report["failed"], "bottleneck": report["bottleneck"]["name"], **more}


def _pool(made: Scratch, sizes: Sizes, say: Say) -> dict[str, Any]:
    """Two processes of threads enough for the largest, which share so many connections."""
    serve, lines = f"2x{max(sizes.pools) // 2}", []
    for size in sizes.pools:
        say(f"pool of {size} connections ...")
        report = made.simulated(sizes, sizes.users, serve, DATABASE_POOL=str(max(1, size // 2)))
        wait, app = report["server_ms"].get("conn", 0.0), report["server_ms"].get("app", 0.0)
        lines.append(_line(str(size), report, waited_percent=round(100 * wait / app, 1) if app else 0.0))
    best = max(line["requests_per_second"] for line in lines)
    enough = next(line for line in lines if line["requests_per_second"] >= ENOUGH * best)
    act = f"Gains end at {enough['step']} connections. Raise DATABASE_POOL while the bottleneck is database_connections and it is below that; beyond, more only waits in the database."
    return {"steps": lines, "enough": enough["step"], "act": act}


def _cache(made: Scratch, sizes: Sizes, say: Say) -> dict[str, Any]:
    """The database with so much memory of its own (shared_buffers)."""
    lines = []
    for size in sizes.caches:
        say(f"shared_buffers of {size} ...")
        made.restarted(shared_buffers=size)
        report = made.simulated(sizes, max(1, sizes.users // 6), "2x4")
        lines.append(_line(size, report, hit_percent=report["sampled"].get("cache_hit_percent")))
    made.restarted()
    hits = [line["hit_percent"] or 0.0 for line in lines]
    goal = min(hits) + ENOUGH * (max(hits) - min(hits))
    enough = next(line for line, hit in zip(lines, hits, strict=True) if hit >= goal)
    act = f"The hit ratio stops rising at {enough['step']} ({enough['hit_percent']} %) for these data. Raise shared_buffers when the ratio falls below that for an hour."
    return {"steps": lines, "enough": enough["step"], "act": act}


def _replica(made: Scratch, sizes: Sizes, say: Say) -> dict[str, Any]:
    """The same load without a replica and with one."""
    users = max(1, sizes.users // 6)
    say("without a replica ...")
    alone = made.simulated(sizes, users, "2x4")
    say("with a replica ...")
    second = Replica.beside(made.primary, "replica", made.servers.folder / "log" / "replica.log")
    try:
        port = second.start()
        both = made.simulated(sizes, users, "2x4", REPLICA_URL=_at(made.addresses["DATABASE_URL"], port))
    finally:
        second.remove()
    moved, told = both["read_from"].get("replica", 0), sum(both["read_from"].get(place, 0) for place in ("replica", "primary"))
    share = round(100 * moved / told, 1) if told else 0.0
    gain = both["requests_per_second"] / alone["requests_per_second"] if alone["requests_per_second"] else 0.0
    act = (
        f"{share} % of the API's requests moved to the replica, at {gain:.2f} times the rate; here both databases share one machine's cores. "
        "Add one when the bottleneck is database_cpu or disk on the primary and most requests are reads."
    )
    steps = [_line("without", alone, moved_percent=0.0), _line("with", both, moved_percent=share)]
    return {"steps": steps, "gain": round(gain, 2), "enough": "with" if gain > 1 / ENOUGH else "without", "act": act}
