"""The end of cold events: announced, and after a grace period carried out; a legal hold stops both."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from archival.cache import forget
from archival.choices import BatchState, ObjectState
from archival.models import ArchiveBatch, ArchiveObject, LegalHold
from archival.services.installations import installation_here
from archival.services.policies import rules_of
from archival.store import store
from ontology.models import Group
from ontology.services.actor import Actor
from ontology.services.record import event_record


def held_groups() -> set[object]:
    """The groups under a legal hold; one query."""
    return set(LegalHold.objects.filter(lifted_at=None).values_list("group_id", flat=True))


def expired_delete(*, actor: Actor) -> tuple[int, int]:
    """Announces the end of batches whose youngest event is past its group's retention, and deletes those whose grace period is over.

    Returns how many batches were announced and deleted. Each group leaves an event of either. Raises StoreError.
    """
    installation_here()
    held, now = held_groups(), timezone.now()
    announced = deleted = 0
    for group in Group.objects.filter(archive_batches__state=BatchState.ARCHIVED).distinct():
        if group.pk in held:
            continue
        rules = rules_of(group)
        if rules.retention_days is None:
            ArchiveBatch.objects.filter(group=group, state=BatchState.ARCHIVED, delete_after__isnull=False).update(delete_after=None)
            continue
        past = ArchiveBatch.objects.filter(group=group, state=BatchState.ARCHIVED)
        horizon = now - timedelta(days=rules.retention_days)
        past.filter(max_timestamp__gt=horizon, delete_after__isnull=False).update(delete_after=None)
        past.filter(delete_after__lt=_lifted(group) + timedelta(days=settings.ARCHIVE_GRACE_DAYS)).update(delete_after=None)
        announced += _announced(group, past.filter(max_timestamp__lte=horizon, delete_after__isnull=True), actor)
        for batch in past.filter(max_timestamp__lte=horizon, delete_after__lte=now).select_related("group"):
            batch_expire(batch, actor=actor)
            deleted += 1
    return announced, deleted


def _lifted(group: Group) -> datetime:
    """When the latest hold of GROUP was lifted: what was announced before begins its grace period anew."""
    found = LegalHold.objects.filter(group=group, lifted_at__isnull=False).aggregate(at=Max("lifted_at"))["at"]
    return found or datetime(1970, 1, 1, tzinfo=UTC)


def _announced(group: Group, due: QuerySet[ArchiveBatch], actor: Actor) -> int:
    when = timezone.now() + timedelta(days=settings.ARCHIVE_GRACE_DAYS)
    with transaction.atomic():
        found = list(due.select_for_update().values_list("pk", "rows"))
        if not found:
            return 0
        ArchiveBatch.objects.filter(pk__in=[key for key, _ in found]).update(delete_after=when, updated_at=Now())
        told = {"change": "retention_announced", "batches": len(found), "events": sum(count for _, count in found), "deleteAfter": when.isoformat()}
        event_record(group, "archival_completed", actor=actor, metadata=told)
    return len(found)


def batch_expire(batch: ArchiveBatch, *, actor: Actor) -> None:
    """Deletes the object of BATCH for good: first the row says so, then the object goes; a kill between them leaves an object that the next run removes.

    Raises IntegrityError `hold_stops_deletion` under a legal hold, StoreError.
    """
    with transaction.atomic():
        changed = ArchiveBatch.objects.filter(pk=batch.pk, state=BatchState.ARCHIVED).update(state=BatchState.EXPIRED, updated_at=Now())
        if not changed:
            return
        ArchiveObject.objects.filter(key=batch.key).update(state=ObjectState.ANNOUNCED)
        told = {"change": "retention_deleted", "batch": str(batch.pk), "month": f"{batch.month:%Y-%m}", "events": batch.rows, "sha256": batch.sha256}
        event_record(batch.group, "archival_completed", actor=actor, metadata=told)
    object_remove(batch)


def object_remove(batch: ArchiveBatch) -> None:
    """Removes the object of a BATCH that counts on it no more. Raises StoreError; two queries."""
    store().delete(batch.key)
    forget(batch.sha256)
    ArchiveObject.objects.filter(key=batch.key).update(state=ObjectState.REMOVED, removed_at=Now())
