"""What a policy would move or delete tomorrow, before it is saved."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum
from django.utils import timezone

from archival.choices import BatchState
from archival.models import ArchiveBatch, ArchivePolicy
from archival.services.archive_job import due_count
from archival.services.policies import Rules, rules_of
from archival.services.status import HOT_ROW_BYTES
from archival.sql import rows
from ontology.models import Group


@dataclass(frozen=True, slots=True)
class Effect:
    """What rules do by tomorrow: events that move to the archive, and archived ones whose deletion is announced, with their bytes."""

    rules: Rules
    moved_rows: int
    moved_bytes: int
    deleted_rows: int
    deleted_bytes: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """The effect of the rules in force and of the ones proposed."""

    now: Effect
    then: Effect


def simulate(group: Group, proposed: ArchivePolicy) -> Simulation:
    """What PROPOSED, which is not saved, would do to GROUP by tomorrow, beside what the present rules do; six queries, two over index entries."""
    ((row_bytes,),) = rows("event_bytes", {})
    tomorrow = timezone.now() + timedelta(days=1)
    each = int(row_bytes) or HOT_ROW_BYTES
    return Simulation(_effect(group, rules_of(group), tomorrow, each), _effect(group, rules_of(group, proposed), tomorrow, each))


def _effect(group: Group, rules: Rules, at: datetime, row_bytes: int) -> Effect:
    cutoff = rules.cutoff(at)
    moved = due_count(group, cutoff) if cutoff is not None else 0
    deleted = {"rows": 0, "bytes": 0}
    if rules.retention_days is not None:
        past = ArchiveBatch.objects.filter(group=group, state=BatchState.ARCHIVED, max_timestamp__lte=at - timedelta(days=rules.retention_days))
        deleted = past.aggregate(rows=Sum("rows"), bytes=Sum("bytes"))
    return Effect(rules, moved, moved * row_bytes, deleted["rows"] or 0, deleted["bytes"] or 0)
