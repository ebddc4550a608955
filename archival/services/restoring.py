"""Archived events brought back for a while, and gone cold again without a second export."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from archival.choices import BatchState, ObjectState
from archival.errors import BatchStateRefused, LeaseLost, NothingArchived, RestoreCollides, RowsChanged
from archival.failpoints import reached
from archival.models import ArchiveBatch, ArchiveObject
from archival.parquet import arrays_of, digest_of, table_of
from archival.services.actors import actor_of
from archival.services.batches import events_leave, month_span, object_verify, refusal_of
from archival.services.holds import demand_no_hold
from archival.services.retention import object_remove
from archival.sql import rows, statement
from archival.store import store
from ontology.errors import DomainError
from ontology.models import Group, Run
from ontology.services.actor import PLATFORM, Actor
from ontology.services.carried import carried_remove
from ontology.services.record import event_record, partitions_ensure
from ontology.services.runs.job import Chunk, Job

STAY_DAYS = 7
STAY_DAYS_MAX = 365
UNIQUE_VIOLATION = "23505"


@dataclass(frozen=True, slots=True)
class RestorePreview:
    """What a restore would bring back: batches, events, and the bytes of their objects."""

    batches: int
    rows: int
    bytes: int


def batches_to_restore(group: Group, since: date | None = None, until: date | None = None) -> list[ArchiveBatch]:
    """The archived batches of GROUP that hold events of the days SINCE to UNTIL, both inclusive. Raises NothingArchived; one query."""
    found = ArchiveBatch.objects.filter(group=group, state=BatchState.ARCHIVED)
    if since is not None:
        found = found.filter(max_timestamp__date__gte=since)
    if until is not None:
        found = found.filter(min_timestamp__date__lte=until)
    chosen = list(found.select_related("group").order_by("min_timestamp", "id"))
    if not chosen:
        raise NothingArchived(group.slug, since, until)
    return chosen


def restore_preview(batches: Sequence[ArchiveBatch]) -> RestorePreview:
    """What restoring BATCHES would bring back; no query."""
    return RestorePreview(len(batches), sum(batch.rows for batch in batches), sum(batch.bytes for batch in batches))


def batch_restore(batch: ArchiveBatch, *, days: int = STAY_DAYS, actor: Actor = PLATFORM) -> ArchiveBatch:
    """Brings the events of BATCH back into the database for so many DAYS, or lets those that are back stay so long; leaves an event.

    Raises BatchStateRefused, RestoreCollides, StoreError, KeyErased and LeaseLost; nothing has changed then.
    """
    until = timezone.now() + timedelta(days=days)
    if batch.state == BatchState.RESTORED:
        ArchiveBatch.objects.filter(pk=batch.pk, state=BatchState.RESTORED).update(restored_until=until, updated_at=Now())
        batch.restored_until = until
        return batch
    with held_batch(batch, BatchState.ARCHIVED, "restored") as held:
        events = table_of(object_verify(held, store()))
        with transaction.atomic():
            partitions_ensure([month_span(held.month)[0]])
            carried_remove(held.group_id, held.pk)
            with connection.cursor() as cursor:
                told = arrays_of(events)._asdict()
                cursor.execute(statement("events_return"), {"batch": held.pk, "fence": held.fence, "until": until, **told})
            metadata = {"batch": str(held.pk), "month": f"{held.month:%Y-%m}", "events": held.rows, "until": until.isoformat()}
            event_record(held.group, "events_restored", actor=actor, metadata=metadata)
            reached("restoring")
    held.refresh_from_db()
    return held


def batch_go_cold(batch: ArchiveBatch) -> ArchiveBatch:
    """Takes the events of a restored BATCH out of the database again; its object is there still, and is read whole first.

    Where an import was undone meanwhile, and events of the batch with it, those left stay hot as events that were never archived, and the batch is
    `replaced`. Raises BatchStateRefused, StoreError, RowsChanged, HoldForbids and LeaseLost; the events stay hot then.
    """
    with held_batch(batch, BatchState.RESTORED, "put away") as held:
        content = object_verify(held, store())
        try:
            with transaction.atomic():
                events_leave(held)
                reached("going_cold")
        except (IntegrityError, RowsChanged):
            left = {str(key) for (key,) in rows("restored_left", {"batch": held.pk, "group": held.group_id})}
            if len(left) == held.rows:
                raise
            _dissolve(held, table_of(content), left)
    held.refresh_from_db()
    return held


def _dissolve(batch: ArchiveBatch, events: pyarrow.Table, left: set[str]) -> None:
    demand_no_hold(batch.group, "Archiving anew what an undone import has left of a batch")
    there = events.filter(pyarrow.array([key in left for key in events.column("id").to_pylist()], pyarrow.bool_()))
    told = {"batch": batch.pk, "fence": batch.fence, "rows": there.num_rows, "digest": digest_of(there)}
    with transaction.atomic():
        rows("batch_dissolve", told)
        ArchiveObject.objects.filter(key=batch.key).update(state=ObjectState.ANNOUNCED)
        metadata = {
            "change": "batch_dissolved",
            "batch": str(batch.pk),
            "month": f"{batch.month:%Y-%m}",
            "events": batch.rows,
            "left": there.num_rows,
        }
        event_record(batch.group, "settings_updated", actor=PLATFORM, metadata=metadata)
    object_remove(batch)


def due_go_cold(group: Group | None = None) -> tuple[int, list[tuple[ArchiveBatch, DomainError]]]:
    """Puts away the restored batches whose time is over, of GROUP or of all; how many, and those that stay, with the reason."""
    due = ArchiveBatch.objects.filter(state=BatchState.RESTORED, restored_until__lte=timezone.now()).select_related("group").order_by("id")
    if group is not None:
        due = due.filter(group=group)
    gone, stay = 0, list[tuple[ArchiveBatch, DomainError]]()
    for batch in due:
        try:
            batch_go_cold(batch)
            gone += 1
        except DomainError as refused:
            stay.append((batch, refused))
    return gone, stay


@contextmanager
def held_batch(batch: ArchiveBatch, state: BatchState, act: str) -> Iterator[ArchiveBatch]:
    """BATCH under a fence of this caller's own, held for a lease, which ends at once when what happens inside fails.

    Raises BatchStateRefused, LeaseLost while another holds it, and what the database's refusals mean. Two queries.
    """
    held = _taken(batch, state, act)
    try:
        yield held
    except Exception as failed:
        ArchiveBatch.objects.filter(pk=held.pk, fence=held.fence).update(lease_until=None, error=str(failed)[:1000])
        if isinstance(failed, IntegrityError):
            raise _collision(held, failed) from failed
        raise


def _taken(batch: ArchiveBatch, state: BatchState, act: str) -> ArchiveBatch:
    now = timezone.now()
    with transaction.atomic():
        found = ArchiveBatch.objects.select_related("group").select_for_update(of=("self",)).get(pk=batch.pk)
        if found.state != state:
            raise BatchStateRefused(found.pk, found.get_state_display().lower(), act)
        if found.lease_until is not None and found.lease_until > now:
            raise LeaseLost(found.pk)
        found.fence += 1
        found.lease_until = now + timedelta(seconds=settings.ARCHIVE_LEASE_SECONDS)
        found.save(update_fields=["fence", "lease_until"])
    return found


def _collision(batch: ArchiveBatch, refused: IntegrityError) -> Exception:
    if getattr(refused.__cause__, "sqlstate", "") == UNIQUE_VIOLATION:
        detail = str(getattr(getattr(refused.__cause__, "diag", None), "message_detail", "") or refused).split("\n")[0]
        return RestoreCollides(batch.pk, detail)
    return refusal_of(batch, refused)


@dataclass(slots=True)
class RestoreJob(Job):
    """Brings batches back one by one; the run's parameters hold their ids (`batches`) and how long they stay (`days`)."""

    def chunks(self, run: Run) -> Iterator[Chunk]:
        """A chunk a batch; one that is back already costs nothing."""
        ids = [uuid.UUID(text) for text in run.parameters["batches"]]
        found = {batch.pk: batch for batch in ArchiveBatch.objects.filter(pk__in=ids).select_related("group")}
        run.total = sum(batch.rows for batch in found.values())
        done = 0
        for place, key in enumerate(ids):
            batch = found[key]
            done += batch.rows
            if place >= run.cursor.get("place", 0):
                yield self._chunk(run, batch, place, done)

    def _chunk(self, run: Run, batch: ArchiveBatch, place: int, done: int) -> Chunk:
        actor = actor_of(run)

        def write() -> None:
            batch_restore(ArchiveBatch.objects.select_related("group").get(pk=batch.pk), days=run.parameters["days"], actor=actor)

        return Chunk(write, cursor={"place": place + 1}, done=done, atomic=False, step=f"{batch.group.slug}, {batch.month:%Y-%m}")

    def finish(self, run: Run) -> dict[str, Any]:
        """What is back."""
        return {"restored": run.done, "batches": len(run.parameters["batches"])}
