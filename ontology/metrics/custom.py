"""What the custom metrics of a group find."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from ontology.choices import Aggregate
from ontology.models import CustomMetric, Group
from ontology.services.bulk import query

TREND_DAYS = 30


@dataclass(frozen=True, slots=True)
class MetricDay:
    """A UTC day of a custom metric."""

    day: date
    value: Decimal


@dataclass(frozen=True, slots=True)
class CustomValue:
    """A custom metric, its value over its window, and its days, each by itself, today the last.

    `cold_events_missing` counts cold events of its type that it was never asked about, since they were archived before the formula was made;
    they may match or not. 0: the answer is whole.
    """

    metric: CustomMetric
    value: Decimal
    days: Sequence[MetricDay]
    cold_events_missing: int


@dataclass(frozen=True, slots=True)
class CustomValues:
    """The active custom metrics of a group, by name; `computation_time` is in ms."""

    items: Sequence[CustomValue]
    last_computed: datetime
    computation_time: float


def custom_metrics(group: Group, *, now: datetime | None = None, days: int = TREND_DAYS) -> CustomValues:
    """The active custom metrics of GROUP with their last DAYS days. Three queries, one for a group without any; cost follows the events of their types."""
    started, now = time.perf_counter(), now or timezone.now()
    asked = list(CustomMetric.objects.filter(group=group, active=True).order_by("name"))
    today = now.astimezone(UTC).date()
    first = today - timedelta(days=days - 1)
    found: dict[tuple[uuid.UUID, date | None], tuple[Any, ...]] = {}
    missing: dict[uuid.UUID, int] = {}
    if asked:
        rows = query("custom_metrics_found", {"group": group.pk, "today": today, "first": first, "now": now})
        found = {(metric, day): tuple(numbers) for metric, day, *numbers in rows}
        missing = dict(query("custom_metrics_missing", {"group": group.pk, "today": today}))
    told = [first + timedelta(days=n) for n in range(days)]
    items = [
        CustomValue(
            metric,
            _value(metric, found.get((metric.pk, None))),
            [MetricDay(day, _value(metric, found.get((metric.pk, day)))) for day in told],
            missing.get(metric.pk, 0),
        )
        for metric in asked
    ]
    return CustomValues(items, now, (time.perf_counter() - started) * 1000)


def _value(metric: CustomMetric, numbers: tuple[Any, ...] | None) -> Decimal:
    events, amount, actors = numbers or (0, 0, 0)
    return Decimal({Aggregate.COUNT: events, Aggregate.SUM: amount, Aggregate.DISTINCT_ACTORS: actors}[Aggregate(metric.aggregate)])
