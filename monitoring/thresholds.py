"""What value of a metric is healthy, a warning or critical. Pure: numbers in, words out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """How the data stands."""

    HEALTHY = "healthy"
    WARNING = "warning"
    CRITICAL = "critical"


_ORDER = tuple(Standing)


def worst(standings: "list[Standing]") -> Standing:
    """The worst of STANDINGS; healthy where there are none."""
    return max(standings, key=_ORDER.index, default=Standing.HEALTHY)


@dataclass(frozen=True, slots=True)
class Threshold:
    """The last value that is healthy and the last that is only a warning, both inclusive; the higher the better, or the lower."""

    healthy: float
    warning: float
    higher_is_better: bool = False

    def standing(self, value: float) -> Standing:
        """How VALUE stands: 95.0 of (99, 95) is a warning, 99.0 healthy."""
        sign = 1 if self.higher_is_better else -1
        if sign * value >= sign * self.healthy:
            return Standing.HEALTHY
        return Standing.WARNING if sign * value >= sign * self.warning else Standing.CRITICAL


SHIPPED: Mapping[str, Threshold] = {
    "referential_integrity": Threshold(99, 95, higher_is_better=True),
    "orphaned_references": Threshold(0, 0),
    "cross_group_violations": Threshold(0, 0),
    "missing_groups": Threshold(0, 0),
    "malformed_properties": Threshold(0.01, 0.1),
    "schema_compliance": Threshold(95, 90, higher_is_better=True),
    "archival_progress": Threshold(90, 70, higher_is_better=True),
}
"""By metric; shares are percent, malformed properties among them: percent of things."""


def share(part: int, whole: int) -> float:
    """PART of WHOLE in percent; 100 of nothing."""
    return 100.0 * part / whole if whole else 100.0
