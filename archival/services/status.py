"""How the archive stands: what is due, what is done, and how long the rest takes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max, Min, Sum
from django.utils import timezone

from archival.choices import BatchState
from archival.models import ArchiveBatch
from archival.services.archive_job import due_count
from archival.services.policies import rules_of
from archival.sql import rows
from ontology.models import Group
from ontology.querysets import PLATFORM_SLUG

THROUGHPUT_BATCHES = 50
"""The latest batches, of which the speed is taken."""
HOT_ROW_BYTES = 400
"""What an event takes in the database with its index entries, where no partition tells: measured on the demo's."""


@dataclass(frozen=True, slots=True)
class TierSize:
    """Events of a tier, and the bytes they take; those of hot and warm are estimated from the whole table's."""

    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Tiers:
    """Events of a group by age and place: hot and warm in the database, cold in the archive; restored ones count where they are, in the database."""

    hot: TierSize
    warm: TierSize
    cold: TierSize
    restored: int
    oldest_hot: datetime | None

    @property
    def total(self) -> int:
        """All events."""
        return self.hot.rows + self.warm.rows + self.cold.rows


def tiers(group: Group) -> Tiers:
    """The tiers of GROUP: hot younger than ARCHIVE_WARM_DAYS, warm older and in the database, cold. Three queries, one over its index entries."""
    ((hot, warm, oldest, row_bytes),) = rows("group_tiers", {"group": group.pk, "warm": timezone.now() - timedelta(days=settings.ARCHIVE_WARM_DAYS)})
    each = int(row_bytes) or HOT_ROW_BYTES
    cold = ArchiveBatch.objects.filter(group=group, state=BatchState.ARCHIVED).aggregate(rows=Sum("rows"), bytes=Sum("bytes"))
    restored = ArchiveBatch.objects.filter(group=group, state=BatchState.RESTORED).aggregate(rows=Sum("rows"))["rows"] or 0
    return Tiers(TierSize(hot, hot * each), TierSize(warm, warm * each), TierSize(cold["rows"] or 0, cold["bytes"] or 0), restored, oldest)


def archival_status(group: Group | None = None) -> dict[str, Any]:
    """{eligibleForArchival, alreadyArchived, config, estimates} of GROUP or of all; `storageSaved` in bytes, hours from the measured throughput.

    A query per group and four more.
    """
    now = timezone.now()
    groups = [group] if group is not None else list(Group.objects.exclude(slug=PLATFORM_SLUG))
    due = sum(due_count(one, cutoff) for one in groups if (cutoff := rules_of(one).cutoff(now)) is not None)
    cold = ArchiveBatch.objects.filter(state=BatchState.ARCHIVED)
    if group is not None:
        cold = cold.filter(group=group)
    held = cold.aggregate(rows=Sum("rows"), bytes=Sum("bytes"), first=Min("min_timestamp"), last=Max("max_timestamp"))
    ((row_bytes,),) = rows("event_bytes", {})
    archived, each, rate = held["rows"] or 0, int(row_bytes) or HOT_ROW_BYTES, throughput()
    rules = rules_of(group) if group is not None else None
    return {
        "eligibleForArchival": due,
        "alreadyArchived": archived,
        "config": {
            "AGE_THRESHOLD_DAYS": rules.hot_days if rules else settings.ARCHIVE_HOT_DAYS,
            "BATCH_SIZE": settings.ARCHIVE_BATCH_ROWS,
            "RETENTION_DAYS": rules.retention_days if rules else settings.ARCHIVE_RETENTION_DAYS,
        },
        "estimates": {
            "storageSaved": max(0, archived * each - (held["bytes"] or 0)),
            "hoursToArchiveAll": round(due / rate / 3600, 4) if rate else None,
        },
    }


def throughput() -> float | None:
    """Events archived in a second, by the latest batches; None before there are any. One query."""
    latest = ArchiveBatch.objects.filter(closed_at__isnull=False, took_ms__gt=0).order_by("-closed_at")[:THROUGHPUT_BATCHES]
    found = [(batch.rows, batch.took_ms) for batch in latest]
    return sum(count for count, _ in found) / (sum(took for _, took in found) / 1000) if found else None
