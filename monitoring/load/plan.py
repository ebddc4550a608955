"""What simulated users do, how often, and how long they rest in between. Plain data: the generator's process knows nothing else of the product."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

SCENARIOS = {
    "normal": "users rest 1 to 3 s between requests",
    "peak": "as normal; in the middle third of the time they rest a fifth as long",
    "stress": "users never rest",
}
KIND = "load_simulation"
"""Of the runs."""
REST_SECONDS = (1.0, 3.0)
PEAK_SHARE = 0.2
RAMP_SHARE, RAMP_SECONDS_MAX = 0.15, 20.0
ADMIN_SHARE = 0.05
"""One user of twenty works in the admin."""
HOT_SHARE, HOT_THINGS = 0.3, 10
"""Some things are asked for and changed more than others, as everywhere."""
TIMEOUT_SECONDS = 30.0

MIX = {
    "things: a page": 16,
    "things: one": 18,
    "things: search": 7,
    "thing: relationships": 7,
    "thing: activity": 6,
    "thing: stats": 3,
    "connections: a page": 6,
    "events: a page": 6,
    "knowledge: search": 3,
    "group: metrics": 4,
    "group: days": 2,
    "events: write one": 10,
    "things: write one": 3,
    "things: change one": 5,
    "connections: write one": 2,
    "events: write 100": 1.5,
    "things: write 50": 0.5,
}
"""What a user of the API does next, by weight."""
PAGES = {
    "admin: overview": "/admin/",
    "admin: things": "/admin/ontology/thing/",
    "admin: events": "/admin/ontology/event/",
    "admin: connections": "/admin/ontology/connection/",
    "admin: groups": "/admin/ontology/group/",
}
"""Pages that users of the admin open, each as often."""
WRITES = frozenset(name for name in MIX if "write" in name or "change" in name)


@dataclass(frozen=True, slots=True)
class Orders:
    """What the generator is told: where, how many, how long; by whose tokens and sessions, and on which things."""

    address: str
    group: str
    users: int
    seconds: float
    scenario: str
    tokens: list[str]
    sessions: list[str]
    things: list[str]
    owners: list[str]

    @property
    def ramp_seconds(self) -> float:
        """How long it takes until all users are there; what they do before is not measured."""
        return min(RAMP_SECONDS_MAX, self.seconds * RAMP_SHARE)

    def as_data(self) -> dict[str, Any]:
        """For the generator's standard input."""
        return asdict(self)


def pair_linked(number: int, owners: Sequence[str], things: Sequence[str]) -> tuple[str, str]:
    """Who owns what by the connection of that NUMBER (0: those that a simulation begins with, each thing's owner; the rest: as it goes on).

    No two numbers below owners times things have a pair in common, for a connection that is there already would be refused.
    """
    turn, place = divmod(number, len(things))
    return owners[(place + turn) % len(owners)], things[place]


def rest_factor(scenario: str, elapsed: float, seconds: float) -> float:
    """By how much REST_SECONDS is multiplied at this moment of a simulation."""
    if scenario == "stress":
        return 0.0
    return PEAK_SHARE if scenario == "peak" and seconds / 3 <= elapsed < 2 * seconds / 3 else 1.0
