"""How many things are legacy rows still, and how many are whole."""

from typing import TypedDict

from django.utils import timezone

from ontology.models import Group
from ontology.services.bulk import query


class Share(TypedDict):
    """Percentages, 0 to 100, with two decimals."""

    v0: float
    v1: float


class SchemaVersions(TypedDict):
    """Things by schema version at a moment (ISO 8601, UTC)."""

    timestamp: str
    v0Entities: int
    v1Entities: int
    distributionPercentage: Share


def schema_version_distribution(group: Group | None = None) -> SchemaVersions:
    """Things of GROUP, or of the whole platform, by schema version; without any, both shares are 0. One query."""
    v0, v1 = query("schema_versions", {"group": group.pk if group is not None else None})[0]
    share = [round(100 * number / (v0 + v1), 2) if v0 + v1 else 0.0 for number in (v0, v1)]
    return {"timestamp": timezone.now().isoformat(), "v0Entities": v0, "v1Entities": v1, "distributionPercentage": {"v0": share[0], "v1": share[1]}}
