"""Amounts of metrics as people read them, and how near to a limit they are; pure."""

from quotas.choices import BYTES_PER_GB, Metric, Status

NOUNS: dict[str, tuple[str, str]] = {
    Metric.USERS: ("person", "people"),
    Metric.STORAGE_GB: ("of storage", "of storage"),
    Metric.API_CALLS: ("API call this month", "API calls this month"),
    Metric.THINGS: ("thing", "things"),
    Metric.CONNECTIONS: ("connection", "connections"),
    Metric.RETENTION_DAYS: ("of events", "of events"),
}

NIGHT_DAYS, LATE_DAYS = 1, 3
"""How far beyond its limit the oldest event may be: until the next nightly archival, and until somebody should look why there was none."""


def gigabytes(amount: int) -> float:
    """Bytes as decimal GB with two places."""
    return round(amount / BYTES_PER_GB, 2)


def shown_value(metric: str, amount: int | None) -> int | float | None:
    """An amount as answers tell it: storage in GB, others as they are; None for no limit."""
    return amount if amount is None or metric != Metric.STORAGE_GB else gigabytes(amount)


def amount_text(metric: str, amount: int | None) -> str:
    """An amount with its unit where it is not a count, such as `1,000`, `90 days` or `0.25 GB`; `unlimited` for None."""
    if amount is None:
        return "unlimited"
    if metric == Metric.RETENTION_DAYS:
        return f"{amount:,} {'day' if amount == 1 else 'days'}"
    if metric != Metric.STORAGE_GB:
        return f"{amount:,}"
    return f"{amount / 1_000:,.2f} kB" if abs(amount) < BYTES_PER_GB // 100 else f"{amount / BYTES_PER_GB:,.2f} GB"


def noun_text(metric: str, amount: int | None, subject: str = "") -> str:
    """An amount with its noun: `1 thing`, `2,000 connections`."""
    one, many = NOUNS[metric]
    return f"{amount_text(metric, amount)} {one if amount == 1 else many}" + (f" {subject.replace(':', ' ')}" if subject else "")


def percent_used(used: int, limit: int | None) -> float | None:
    """How much of LIMIT is used in percent, cut to one place so that 79.96 is no 80; a limit of nothing is used up; None without a limit."""
    if limit is None:
        return None
    return (used * 1_000 // limit) / 10 if limit > 0 else 100.0


def status_of(used: int, limit: int | None, warning_percent: int, critical_percent: int) -> Status:
    """Where USED stands: exceeded from 100 percent on, for then nothing is left."""
    if limit is None:
        return Status.UNLIMITED
    if used >= limit:
        return Status.EXCEEDED
    if used * 100 >= limit * critical_percent:
        return Status.CRITICAL
    return Status.WARNING if used * 100 >= limit * warning_percent else Status.OK


def retention_status(age: int, limit: int | None) -> Status:
    """Where the oldest event of AGE days stands. Archival lets events reach their limit every night, so only what it left lying is worth a warning."""
    if limit is None:
        return Status.UNLIMITED
    if age > limit + LATE_DAYS:
        return Status.EXCEEDED
    return Status.WARNING if age > limit + NIGHT_DAYS else Status.OK
