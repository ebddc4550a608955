"""What the server could not do more of, named from what was measured. Pure: numbers in, sentences out.

The order of the rules is that of causes: sessions that wait for a lock keep threads busy, busy threads make a queue, and a queue makes everything slow;
so whoever is asked later is only the limit where nothing before is.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

REFUSED_SHARE = 0.05
"""Of requests refused by a limit of rate, from which on it is what limits."""
UNAVAILABLE_SHARE, CONNECTIONS_USED, CONN_SHARE = 0.02, 0.97, 0.35
WAITING_SHARE, WAITING_SESSIONS = 0.4, 0.5
"""Of the sessions at work, and how many at least, that wait for a lock or the disk."""
MACHINE_FULL, GENERATOR_FULL = 0.92, 0.9
"""Of all cores; of the one core that the generator can use."""
DELAY_SHARE, DEMAND_SHARE = 0.25, 0.9
"""Of the time that server and database needed a core, they stood in line for it; of all cores, what they would have used without that."""
OWN_SHARE = 0.2
"""Of all cores that server, database and generator use at least, where nobody waits: a machine that others fill is not at the limit of this load."""
QUEUE_SHARE, QUEUE_MS = 0.5, 50.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What the rules look at. Times are means in ms, None where the server does not tell them; cores None where its machine is not to be seen."""

    requests: int
    rate_refused: int
    unavailable: int
    queue_ms: float | None
    app_ms: float | None
    conn_ms: float | None
    db_ms: float | None
    database: Mapping[str, Any]
    generator_cores: float
    blockers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A limit: its name, what shows it, and what would lift it."""

    name: str
    evidence: str
    remedy: str

    def as_data(self) -> dict[str, str]:
        """For the report."""
        return asdict(self)


NOTHING = Verdict("none", "Nothing was at its limit: no refusals, no queue, cores and connections to spare.", "More users.")


def bottleneck(found: Measured) -> Verdict:
    """The first limit that was reached, by the order of causes; NOTHING where none was."""
    return next(_reached(found), NOTHING)


def limits_reached(found: Measured) -> list[Verdict]:
    """All of them: what would be next once the first is lifted, or follows from it."""
    return list(_reached(found))


def _reached(found: Measured) -> Iterator[Verdict]:
    for rule in RULES:
        verdict = rule(found)
        if verdict is not None:
            yield verdict


def _rate_limits(found: Measured) -> Verdict | None:
    if not found.requests or found.rate_refused < REFUSED_SHARE * found.requests:
        return None
    evidence = f"{found.rate_refused:,} of {found.requests:,} requests were refused with 429: the plan's limit of calls is reached."
    return Verdict("rate_limits", evidence, "A plan or an override with more calls, where the group is to have them.")


def _connections(found: Measured) -> Verdict | None:
    most, used = found.database.get("sessions_max"), found.database.get("every_session_most", 0)
    share = (found.conn_ms or 0.0) / found.app_ms if found.app_ms else 0.0
    if found.requests and found.unavailable >= UNAVAILABLE_SHARE * found.requests:
        evidence = f"{found.unavailable:,} of {found.requests:,} requests got no connection to the database (503)."
    elif share >= CONN_SHARE:
        evidence = f"{share:.0%} of the time that requests were at work they waited for a connection from the pool."
    elif most and used >= CONNECTIONS_USED * most:
        evidence = f"{used} of {most} connections of the database were taken."
    else:
        return None
    evidence += f" Sessions of requests: {found.database.get('sessions', 0):g} on average, {found.database.get('sessions_most', 0)} at most."
    return Verdict("database_connections", evidence, "A larger DATABASE_POOL, a higher max_connections or limit of the role, or PgBouncer before it.")


def _waits(found: Measured, keys: tuple[str, ...]) -> float:
    """The share of sessions at work that wait for KEYS; 0 while hardly any are at work."""
    active, waiting = found.database.get("active", 0.0), sum(found.database.get(key, 0.0) for key in keys)
    return waiting / active if active and waiting >= WAITING_SESSIONS else 0.0


def _locks(found: Measured) -> Verdict | None:
    share = _waits(found, ("on_lock",))
    if share < WAITING_SHARE:
        return None
    holder = max(found.blockers, key=lambda told: found.blockers[told], default="")
    evidence = f"{share:.0%} of the sessions at work waited for a lock, {found.database['on_lock']:g} on average."
    return Verdict(
        "locks", f"{evidence} Held by {holder}" if holder else evidence, "Shorter transactions on the rows that many write; the holder ended."
    )


def _disk(found: Measured) -> Verdict | None:
    share = _waits(found, ("on_files", "on_log"))
    if share < WAITING_SHARE:
        return None
    log, files = found.database.get("on_log", 0.0), found.database.get("on_files", 0.0)
    evidence = f"{share:.0%} of the sessions at work waited for the disk: {log:g} for the log of changes (WAL), {files:g} for tables and indexes."
    remedy = "A faster disk for the log, or fewer and larger commits." if log > files else "More memory (shared_buffers), or a faster disk."
    return Verdict("disk", evidence, remedy)


def _generator(found: Measured) -> Verdict | None:
    if found.generator_cores < GENERATOR_FULL:
        return None
    evidence = f"The generator computed on {found.generator_cores:.0%} of the one core it can use: the server may be able to do more than was asked."
    return Verdict("generator", evidence, "Fewer users, or several simulations from several machines.")


def _cores(found: Measured) -> Verdict | None:
    cores, used = found.database.get("cores"), found.database.get("cores_used") or 0.0
    parts: dict[str, float] = dict(found.database.get("cores_by_part", {}))
    if not cores or used < MACHINE_FULL * cores or not _stands_in_line(found):
        return None
    if sum(parts.values()) < OWN_SHARE * cores and (found.queue_ms or 0.0) < QUEUE_MS:
        return None
    others = max(0.0, used - sum(parts.values()))
    told = ", ".join(f"{name} {value:.2f}" for name, value in sorted({**parts, "others": others}.items(), key=lambda each: -each[1]))
    first = max(parts, key=lambda name: parts[name], default="")
    name = "database_cpu" if first == "database" and others <= used / 2 else "cpu"
    remedy = "More cores, or web on a machine of its own."
    if others > used / 2:
        remedy = "The other programs of this machine elsewhere: they take most of it."
    elif name == "database_cpu":
        remedy = "The statements that take most (the page Database), a replica for reads, or a larger database machine."
    return Verdict(name, f"{used:.2f} of {cores} cores of the machine were in use: {told}.", remedy)


def _stands_in_line(found: Measured) -> bool:
    """Whether server and database waited for cores, where that is known, and would have used all of them.

    A machine may be full of others' work that leaves them theirs; and a server of one thread never needs more than one core, however many wait for it.
    """
    waited, parts = found.database.get("cores_waited_for"), found.database.get("cores_by_part", {})
    needed = parts.get("server", 0.0) + parts.get("database", 0.0)
    if waited is None or not needed:
        return True
    return bool(waited / (waited + needed) >= DELAY_SHARE and waited + needed >= DEMAND_SHARE * found.database["cores"])


def _server_workers(found: Measured) -> Verdict | None:
    if found.queue_ms is None or found.app_ms is None or found.queue_ms < QUEUE_MS:
        return None
    share = found.queue_ms / (found.queue_ms + found.app_ms)
    if share < QUEUE_SHARE:
        return None
    evidence = (
        f"Requests waited {found.queue_ms:,.0f} ms for a thread of the server and were served in {found.app_ms:,.0f} ms: {share:.0%} was waiting."
    )
    return Verdict("server_workers", evidence, "More workers or threads (--workers, --threads), then a second machine for web.")


RULES: tuple[Callable[[Measured], Verdict | None], ...] = (_rate_limits, _connections, _locks, _disk, _generator, _cores, _server_workers)
