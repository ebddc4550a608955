"""Snapshots as series, a value each day, and what the last one means."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from monitoring.models import DataQualitySnapshot
from monitoring.services.standards import Standards
from monitoring.thresholds import SHIPPED, Standing, Threshold
from monitoring.trends import Baseline, baseline, days_to_warning, is_anomaly

LEARNED_DAYS = 180


def values_of(snapshot: DataQualitySnapshot) -> dict[str, float]:
    """The metrics of a snapshot by the names of thresholds, in their units."""
    things = snapshot.metadata.get("things") or 0
    return {
        "referential_integrity": snapshot.referential_integrity_score,
        "orphaned_references": snapshot.orphaned_entity_count,
        "cross_group_violations": snapshot.cross_group_violations,
        "missing_groups": snapshot.missing_group_ids,
        "malformed_properties": 100.0 * snapshot.malformed_properties_count / things if things else 0.0,
        "schema_compliance": snapshot.schema_compliance_score,
        "archival_progress": snapshot.event_archival_progress,
    }


def of_group(group_id: uuid.UUID | None) -> Q:
    """The rows of a group, or of the platform as a whole."""
    return Q(group__isnull=True) if group_id is None else Q(group_id=group_id)


@dataclass(frozen=True, slots=True)
class Series:
    """A metric of the last days: its value each day (the last known one where no snapshot was taken, which `taken` tells), and what was to be expected."""

    metric: str
    days: Sequence[date]
    values: Sequence[float]
    taken: Sequence[bool]
    expected: Baseline
    threshold: Threshold

    @property
    def standing(self) -> Standing:
        """How the latest value stands."""
        return self.threshold.standing(self.values[-1]) if self.values else Standing.HEALTHY

    @property
    def is_anomaly(self) -> bool:
        """Whether the latest value is far from its own past."""
        return is_anomaly(self.values)

    @property
    def days_to_warning(self) -> int | None:
        """In how many days it crosses into warning, if it goes on so; see trends."""
        return days_to_warning(self.values, self.threshold)


def series_of(group_id: uuid.UUID | None, last: date, standards: Standards = SHIPPED, *, days: int = LEARNED_DAYS) -> Mapping[str, Series]:
    """Each metric of a group, or of the platform, in so many DAYS up to LAST; empty where there is no snapshot. One query."""
    first = last - timedelta(days=days - 1)
    found = DataQualitySnapshot.objects.filter(of_group(group_id), day__gte=first, day__lte=last).order_by("day")
    known = {snapshot.day: values_of(snapshot) for snapshot in found}
    if not known:
        return {}
    begin = min(known)
    shown = [begin + timedelta(days=n) for n in range((max(known) - begin).days + 1)]
    return {metric: _series(metric, shown, known, standards[metric]) for metric in SHIPPED}


def _series(metric: str, days: Sequence[date], known: Mapping[date, Mapping[str, float]], threshold: Threshold) -> Series:
    values: list[float] = []
    for day in days:
        values.append(known[day][metric] if day in known else values[-1])
    return Series(metric, days, values, [day in known for day in days], baseline(values), threshold)
