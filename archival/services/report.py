"""The compliance report of a group: what is kept where, until when, by which rule, and what was decided about it."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, Min, Sum
from django.utils import timezone

from archival.choices import BatchState, Encryption
from archival.models import ArchiveBatch, Erasure, GroupKey, LegalHold
from archival.services.policies import rules_of
from archival.services.status import tiers
from archival.services.verifying import gaps, ledger
from ontology.models import Group


def report(group: Group) -> dict[str, Any]:
    """The report of GROUP, as plain data; some ten queries, one over the index entries of its hot events."""
    now, rules, sizes = timezone.now(), rules_of(group), tiers(group)
    lines = ledger(group)
    return {
        "group": {"slug": group.slug, "name": group.name},
        "madeAt": now,
        "rules": {
            "hotDays": rules.hot_days,
            "hotDecidedBy": rules.hot_by,
            "retentionDays": rules.retention_days,
            "retentionDecidedBy": rules.retention_by,
            "encryption": rules.encryption,
        },
        "kept": {
            "hot": {"events": sizes.hot.rows, "bytes": sizes.hot.bytes},
            "warm": {"events": sizes.warm.rows, "bytes": sizes.warm.bytes},
            "cold": {"events": sizes.cold.rows, "bytes": sizes.cold.bytes},
            "restored": sizes.restored,
            "oldestHot": sizes.oldest_hot,
        },
        "places": _places(group),
        "deletions": _deletions(group, rules.retention_days),
        "holds": [_hold(it) for it in LegalHold.objects.filter(group=group).select_related("placed_by", "lifted_by")],
        "erasures": [_erasure(it, group) for it in Erasure.objects.filter(finished_at__isnull=False) if _touches(it, group)],
        "keys": list(GroupKey.objects.filter(group=group).values("created_at", "erased_at")),
        "ledger": {
            "accepted": sum(line.accepted for line in lines),
            "hot": sum(line.hot for line in lines),
            "cold": sum(line.cold for line in lines),
            "expired": sum(line.expired for line in lines),
            "erased": sum(line.erased for line in lines),
            "gaps": [{"month": f"{line.month:%Y-%m}", "gap": line.gap} for line in gaps(lines)],
        },
        "verification": _verification(group),
    }


def _places(group: Group) -> list[dict[str, Any]]:
    found = ArchiveBatch.objects.filter(group=group, state__in=[BatchState.ARCHIVED, BatchState.RESTORED]).order_by().values("storage", "encryption")
    counted = found.annotate(batches=Count("id"), events=Sum("rows"), bytes=Sum("bytes"), first=Min("min_timestamp"), last=Max("max_timestamp"))
    return [{**row, "encryption": Encryption(row["encryption"]).label} for row in counted]


def _deletions(group: Group, retention_days: int | None) -> dict[str, Any]:
    batches = ArchiveBatch.objects.filter(group=group)
    announced = batches.filter(state=BatchState.ARCHIVED, delete_after__isnull=False).aggregate(events=Sum("rows"), next=Min("delete_after"))
    oldest = batches.filter(state=BatchState.ARCHIVED).aggregate(last=Min("max_timestamp"))["last"]
    return {
        "announcedEvents": announced["events"] or 0,
        "nextAt": announced["next"],
        "firstPastRetentionAt": oldest + timedelta(days=retention_days) if oldest and retention_days is not None else None,
        "expiredEvents": batches.filter(state=BatchState.EXPIRED).aggregate(events=Sum("rows"))["events"] or 0,
    }


def _verification(group: Group) -> dict[str, Any]:
    held = ArchiveBatch.objects.filter(group=group, state__in=[BatchState.ARCHIVED, BatchState.RESTORED])
    counted = {row["verification"] or "never": row["n"] for row in held.order_by().values("verification").annotate(n=Count("id"))}
    return {"objects": counted, "longestUnverifiedSince": held.aggregate(at=Min("verified_at"))["at"]}


def _hold(hold: LegalHold) -> dict[str, Any]:
    return {
        "reason": hold.reason,
        "placedAt": hold.created_at,
        "placedBy": str(hold.placed_by) if hold.placed_by else None,
        "liftedAt": hold.lifted_at,
        "liftedBy": str(hold.lifted_by) if hold.lifted_by else None,
    }


def _touches(erasure: Erasure, group: Group) -> bool:
    return any(entry["group"] == str(group.pk) for entry in erasure.changed)


def _erasure(erasure: Erasure, group: Group) -> dict[str, Any]:
    entry = next(entry for entry in erasure.changed if entry["group"] == str(group.pk))
    return {"certificate": erasure.pk, "at": erasure.finished_at, "hotEvents": entry["hotEvents"], "coldEvents": entry["coldEvents"]}
