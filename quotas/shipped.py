"""The shipped plans: prices in US cents, limits by metric (storage in bytes, null is unlimited), and what a lot beyond a limit costs."""

from dataclasses import dataclass

from quotas.choices import BYTES_PER_GB, Metric


@dataclass(frozen=True, slots=True)
class ShippedPlan:
    """A plan as it is shipped; `overage` is (units, cents) by metric: the price of each lot of units begun beyond the limit."""

    name: str
    title: str
    description: str
    position: int
    cents: tuple[int, int] | None
    limits: dict[str, int | None]
    overage: dict[str, tuple[int, int]]


DEFAULT = "starter"
PLANS = (
    ShippedPlan(
        "starter",
        "Starter",
        "To try it, or for a small team.",
        1,
        (0, 0),
        {
            Metric.USERS: 5,
            Metric.STORAGE_GB: 1 * BYTES_PER_GB,
            Metric.API_CALLS: 1_000,
            Metric.THINGS: 100,
            Metric.CONNECTIONS: 500,
            Metric.RETENTION_DAYS: 90,
        },
        {},
    ),
    ShippedPlan(
        "pro",
        "Pro",
        "For a company at work.",
        2,
        (49_00, 490_00),
        {
            Metric.USERS: 50,
            Metric.STORAGE_GB: 100 * BYTES_PER_GB,
            Metric.API_CALLS: 100_000,
            Metric.THINGS: 10_000,
            Metric.CONNECTIONS: 50_000,
            Metric.RETENTION_DAYS: 365,
        },
        {
            Metric.USERS: (1, 2_00),
            Metric.STORAGE_GB: (BYTES_PER_GB, 25),
            Metric.API_CALLS: (10_000, 1_00),
            Metric.THINGS: (1_000, 2_00),
            Metric.CONNECTIONS: (10_000, 2_00),
        },
    ),
    ShippedPlan("enterprise", "Enterprise", "Without limits, by agreement.", 3, None, dict.fromkeys(Metric.values), {}),
)
