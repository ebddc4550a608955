"""What the clock has checks do: hourly the critical ones, daily all with a snapshot. Each may run twice, or at once with itself."""

import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any

from django.utils import timezone

from monitoring.checks.registry import CHECKS, HOURLY
from monitoring.models import DataQualitySnapshot
from monitoring.services.conditions import checks_observed, metrics_observed
from monitoring.services.findings import Written, check_and_write
from monitoring.services.quality import QualityMetrics, metrics_by_group
from monitoring.services.standards import Standards, standards_by_group, standing_of
from monitoring.services.surveying import Survey
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Group
from ontology.querysets import PLATFORM_SLUG
from ontology.services.actor import Actor
from ontology.services.record import platform_record

RECENT_DAYS = 2
"""Of events, which never change, the hourly check looks at so many days; the daily one at all."""
SNAPSHOTS_KEPT_DAYS = 2_557
"""Seven years."""
MEASURED_FIELDS = (
    *("referential_integrity_score", "orphaned_entity_count", "cross_group_violations", "missing_group_ids"),
    *("malformed_properties_count", "schema_compliance_score", "event_archival_progress"),
)


def check_hourly(*, actor: Actor) -> Written:
    """Runs the critical checks over the platform, writes findings and tells conditions; what it wrote. One event."""
    with acting(PLATFORM_SCOPE):
        found, written = check_and_write(HOURLY, since=timezone.now() - timedelta(days=RECENT_DAYS))
        checks_observed(HOURLY, standards_by_group(Group.objects.all()))
        _record("hourly_check", found, written, actor)
    return written


def check_daily(*, actor: Actor) -> Written:
    """Runs every check over everything, writes findings, a snapshot of each group and of the platform, and tells conditions. One event."""
    with acting(PLATFORM_SCOPE):
        groups = list(Group.objects.exclude(slug=PLATFORM_SLUG))
        found, written = check_and_write()
        measured, standards = metrics_by_group(found, groups), standards_by_group(groups)
        snapshots_write(found, measured, standards)
        checks_observed(CHECKS, standards)
        metrics_observed(measured, standards)
        forgotten, _ = DataQualitySnapshot.objects.filter(day__lt=found.at.date() - timedelta(days=SNAPSHOTS_KEPT_DAYS)).delete()
        _record("daily_check", found, written, actor, snapshots=len(measured), forgotten=forgotten, metrics=measured[None].as_json())
    return written


def snapshots_write(found: Survey, measured: Mapping[uuid.UUID | None, QualityMetrics], standards: Mapping[uuid.UUID | None, Standards]) -> None:
    """Writes a snapshot for each that was measured, in the place of one of the same day (UTC); one query a thousand."""
    DataQualitySnapshot.objects.bulk_create(
        [_snapshot(found, key, metrics, standards.get(key, standards[None])) for key, metrics in measured.items()],
        update_conflicts=True,
        unique_fields=["day", "group"],
        update_fields=["timestamp", "standing", *MEASURED_FIELDS, "issues", "metadata"],
        batch_size=1_000,
    )


def _snapshot(found: Survey, group_id: uuid.UUID | None, metrics: QualityMetrics, standards: Standards) -> DataQualitySnapshot:
    counts = {name: found.total(name, group_id) for name in found.counts}
    told = {"things": metrics.things, "references": metrics.references, "checks": {name: count for name, count in counts.items() if count}}
    return DataQualitySnapshot(
        group_id=group_id,
        day=found.at.astimezone(UTC).date(),
        timestamp=found.at,
        standing=standing_of(metrics, standards).value,
        issues=sum(counts.values()),
        metadata=told,
        **{name: getattr(metrics, name) for name in MEASURED_FIELDS},
    )


def _record(change: str, found: Survey, written: Written, actor: Actor, **more: Any) -> None:
    counts = Counter({name: found.total(name) for name in found.counts})
    told = {"change": change, "opened": written.opened, "seenAgain": written.seen, "resolved": written.resolved}
    platform_record("monitoring_snapshot", actor=actor, metadata={**told, "broken": {name: n for name, n in counts.items() if n}, **more})
