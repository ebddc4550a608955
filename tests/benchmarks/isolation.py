"""What isolation costs: a request's share, and lists and searches behind policies beside the same without."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.db import transaction

from ontology.isolation import acting
from ontology.models import Group, Thing
from tests.benchmarks.racing import Times
from tests.benchmarks.report import Goal, Line, Section, milliseconds, ratio_line, yardstick_line
from tests.questions import INDEXED, SEARCHES
from tests.roles import as_role, scope_of
from tests.tenant import make_tenant

THINGS = 200_000
REQUESTS = 300
"""Small requests a round: one is too short for a clock that other processes share."""


def measure(rounds: int) -> Section:
    """In a tenant of 200,000 things, beside one of a thousand."""
    make_tenant(1_000)
    tenant = make_tenant(THINGS)
    lines = [*_request(tenant, rounds)]
    for name, question in INDEXED.items():
        lines += _pair(name, tenant, question, question, rounds, Goal(1.5, "x"))
    for name, (behind, bare) in SEARCHES.items():
        lines += _pair(name, tenant, behind, bare, rounds, Goal(2, "x"))
    remark = "*without* is asked by the owner of the tables, whom the policies let pass; *behind* by the role of requests within a sealed scope."
    return Section(f"Isolation, in a tenant of {THINGS:,} things", lines, [remark])


def _request(tenant: Group, rounds: int) -> list[Line]:
    """One transaction with one small query, with and without a scope told and policies asked."""
    key = Thing.objects.filter(group=tenant).values_list("pk", flat=True)[0]

    def ask() -> None:
        with transaction.atomic():
            Thing.objects.filter(group=tenant, pk=key).values_list("name").first()

    def request() -> None:
        with acting(scope_of(tenant)):
            ask()

    bare, bound = _race(ask, request, rounds, REQUESTS)
    cost = bound.median - bare.median
    goal = Goal(0.3, "ms")
    return [
        yardstick_line("a transaction with one query, without", bare),
        ratio_line("the same behind a sealed scope and policies", bound, ("without", bare)),
        Line("isolation of a request (the difference of the medians)", f"{cost * 1000:.3f} ms", "", "", "", "", goal.text, goal.verdict(cost * 1000)),
    ]


def _pair(name: str, tenant: Group, behind: Callable[[Group], Any], bare: Callable[[Group], Any], rounds: int, goal: Goal) -> list[Line]:
    one, other = bare(tenant), behind(tenant)
    without, bound = _race(lambda: list(one.all()), lambda: list(other.all()), 3 * rounds, 5, tenant)
    return [yardstick_line(f"{name}, without", without), ratio_line(f"{name}, behind", bound, (milliseconds(without.median), without), goal)]


def _race(bare: Callable[[], object], bound: Callable[[], object], rounds: int, repeats: int, group: Group | None = None) -> tuple[Times, Times]:
    """Seconds a call of both, in turns; BOUND runs as the role of requests, within the scope of GROUP if one is given."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds + 1):
        for place, act in enumerate((bare, bound)):
            with as_role() if place else nullcontext(), acting(scope_of(group)) if place and group else nullcontext(), _one_transaction(group):
                begun = time.perf_counter()
                for _ in range(repeats):
                    act()
                taken = (time.perf_counter() - begun) / repeats
            if turn:
                seconds[place].append(taken)
    return Times(tuple(seconds[0])), Times(tuple(seconds[1]))


def _one_transaction(group: Group | None) -> Any:
    """Queries of lists are compared inside a transaction that is open already, in both cases."""
    return transaction.atomic() if group is not None else nullcontext()
