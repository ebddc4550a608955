"""The history of usage, by period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ontology.models import Group
from quotas.amounts import percent_used
from quotas.models import Usage


@dataclass(frozen=True, slots=True)
class UsagePeriod:
    """Usage in one period (storage in bytes): calls made in it, of other metrics what there was at its end; the limit at that time, None for none."""

    period_start: datetime
    period_end: datetime
    value: int
    limit: int | None
    percent_used: float | None


def usage_history(group: Group, metric: str, period: str, count: int = 90) -> Sequence[UsagePeriod]:
    """The latest COUNT periods of METRIC, the latest first; one query."""
    rows = Usage.objects.filter(group=group, metric=metric, subject="", period=period).order_by("-period_start")[:count]
    return [
        UsagePeriod(row.period_start, row.period_end, row.value, row.limit, percent_used(row.value, row.limit))
        for row in rows
        if row.period_end is not None
    ]
