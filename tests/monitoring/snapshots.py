"""Histories of snapshots, for pages and trends."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from django.utils import timezone

from monitoring.models import DataQualitySnapshot
from ontology.models import Group


def snapshots_plant(group: Group | None, days: int, *, compliance: Callable[[int], float] = lambda day: 98.0) -> None:
    """A snapshot of each of the last so many DAYS, today's last; COMPLIANCE is told how many days ago."""
    chance, today = random.Random(7), timezone.now().date()
    DataQualitySnapshot.objects.bulk_create(
        [
            DataQualitySnapshot(
                group=group,
                day=today - timedelta(days=ago),
                timestamp=datetime.combine(today - timedelta(days=ago), time(2), tzinfo=UTC),
                standing="healthy",
                referential_integrity_score=100 - chance.random() * 0.01,
                orphaned_entity_count=0,
                cross_group_violations=0,
                missing_group_ids=0,
                malformed_properties_count=chance.randrange(3),
                schema_compliance_score=compliance(ago),
                event_archival_progress=96 + chance.random() * 2 - (3 if (today - timedelta(days=ago)).weekday() == 6 else 0),
                issues=chance.randrange(4),
                metadata={"things": 100_000, "references": 1_000_000, "checks": {}},
            )
            for ago in reversed(range(days))
        ]
    )
