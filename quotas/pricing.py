"""Prices and estimates in integer US cents; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class PlanPrice:
    """A plan with its prices in US cents, null where they are agreed on, and its limits by metric (storage in bytes, null: unlimited)."""

    name: str
    title: str
    monthly_cents: int | None
    annual_cents: int | None
    limits: Mapping[str, int | None]
    overage: Mapping[str, tuple[int, int]]
    """By metric: units of a lot, and the cents that each lot begun beyond the limit costs."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change of plan adds to the price, in US cents; negative for less."""

    monthly_cents: int
    annual_cents: int


@dataclass(frozen=True, slots=True)
class EstimateLine:
    """One metric beyond the limit: units over, lots begun, and their cents; null cents: the plan sells no more of it."""

    metric: str
    used: int
    limit: int
    over: int
    lots: int | None
    cents: int | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a month at this usage costs on a plan, in US cents; null where the price is agreed on, or where the plan sells too little."""

    plan: str
    base_cents: int | None
    lines: Sequence[EstimateLine]

    @property
    def total_cents(self) -> int | None:
        """The base and all lots."""
        if self.base_cents is None or any(line.cents is None for line in self.lines):
            return None
        return self.base_cents + sum(line.cents or 0 for line in self.lines)


def difference(current: PlanPrice, other: PlanPrice) -> Difference | None:
    """What OTHER costs more than CURRENT; None where a price is agreed on."""
    if None in {current.monthly_cents, current.annual_cents, other.monthly_cents, other.annual_cents}:
        return None
    assert current.monthly_cents is not None
    assert current.annual_cents is not None
    assert other.monthly_cents is not None
    assert other.annual_cents is not None
    return Difference(other.monthly_cents - current.monthly_cents, other.annual_cents - current.annual_cents)


def annual_saving_percent(plan: PlanPrice) -> int | None:
    """How much less a year paid at once costs than twelve months, in whole percent; None for a free plan or a price agreed on."""
    if not plan.monthly_cents or plan.annual_cents is None:
        return None
    return round(100 * (1 - plan.annual_cents / (MONTHS_A_YEAR * plan.monthly_cents)))


def estimate(plan: PlanPrice, used: Mapping[str, int]) -> Estimate:
    """What a month at the usage USED (by metric, storage in bytes) costs on PLAN: its price, and each lot begun beyond a limit."""
    lines = []
    for metric, amount in used.items():
        limit = plan.limits.get(metric)
        if limit is None or amount <= limit:
            continue
        unit, cents = plan.overage.get(metric, (None, None))
        lots = None if unit is None else -(-(amount - limit) // unit)
        lines.append(EstimateLine(metric, amount, limit, amount - limit, lots, None if lots is None or cents is None else lots * cents))
    return Estimate(plan.name, plan.monthly_cents, lines)


def money_text(cents: int | None) -> str:
    """Cents as people read dollars: `$49`, `$4.90`; `By agreement` for a null price."""
    if cents is None:
        return "By agreement"
    sign, cents = ("−" if cents < 0 else ""), abs(cents)  # noqa: RUF001 -- a minus for people to read
    return f"{sign}${cents // 100:,}" + (f".{cents % 100:02}" if cents % 100 else "")
