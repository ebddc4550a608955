"""The days of each metric: taken once a day, kept for good, read without gaps."""

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from itertools import pairwise

from django.utils import timezone

from monitoring.choices import CapacityMetric
from monitoring.models import CapacityDay
from monitoring.sql import rows

CATCH_UP_DAYS = 7


def days_take() -> int:
    """Takes the days up to yesterday (UTC) that were not taken, a week back at most; how many values. One or two queries a day taken."""
    today = timezone.now().astimezone(UTC).date()
    taken = 0
    for back in range(CATCH_UP_DAYS, 0, -1):
        day = today - timedelta(days=back)
        if not CapacityDay.objects.filter(day=day).exists():
            taken += day_take(day)
    return taken


def day_take(day: date) -> int:
    """Takes DAY, again if it was, and beside another who takes it; how many values. Two queries."""
    found = [CapacityDay(day=day, metric=metric, value=value) for metric, value in rows("capacity_day", {"day": day})]
    return len(CapacityDay.objects.bulk_create(found, update_conflicts=True, unique_fields=["metric", "day"], update_fields=["value"]))


def histories() -> dict[CapacityMetric, tuple[date, list[float]]]:
    """The first day of each metric and its values from there to its last, a day each; days that were not taken lie on a line between. One query."""
    found: dict[str, list[tuple[date, float]]] = {}
    for day, metric, value in CapacityDay.objects.order_by("metric", "day").values_list("day", "metric", "value"):
        found.setdefault(metric, []).append((day, value))
    return {CapacityMetric(metric): (known[0][0], whole(known)) for metric, known in found.items()}


def whole(known: Sequence[tuple[date, float]]) -> list[float]:
    """A value for every day from the first of KNOWN to the last, in order; missing ones on the line between their neighbours."""
    values: list[float] = []
    for (before, low), (after, high) in pairwise(known):
        gap = (after - before).days
        values += [low + (high - low) * place / gap for place in range(gap)]
    return [*values, known[-1][1]]
