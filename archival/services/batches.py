"""One batch of events on its way into the archive, step by step; every step may be the last one of a process."""

import contextlib
import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from archival import encryption
from archival.choices import OPEN_STATES, BatchState, Encryption, ObjectState, Verification
from archival.errors import LeaseLost, ObjectDamaged, ObjectExists, RowsChanged
from archival.failpoints import reached
from archival.models import ArchiveBatch, ArchiveObject
from archival.parquet import Export, export_read, file_of, rows_and_digest
from archival.services.installations import installation_here
from archival.services.keys import key_in_use, key_of
from archival.services.policies import rules_of
from archival.sql import rows, statement
from archival.store import Store, store
from ontology.choices import Door
from ontology.ids import uuid7
from ontology.models import Group, Run
from ontology.services.actor import PLATFORM, Actor
from ontology.services.carried import events_carry
from ontology.services.event_rows import STAGE
from ontology.sql import statement as ontology_statement

ROOMY = "SET LOCAL work_mem = '64MB'"
"""So that the rows of a batch pass through memory: PostgreSQL's usual 4 MB would send them through files, at a fifth of the time of a batch."""
EXPORTS_MAX = 10
"""Of one batch, when events keep coming into it between export and delete."""


@dataclass(frozen=True, slots=True)
class Worker:
    """Who moves batches: the name in their leases, and on whose behalf."""

    name: str
    run: Run | None = None
    actor: Actor = PLATFORM


@dataclass(frozen=True, slots=True)
class Busy:
    """A month that another worker is at."""

    month: date


def month_span(month: date) -> tuple[datetime, datetime]:
    """The first moment of a month, and of the one after it (UTC)."""
    begins = datetime(month.year, month.month, 1, tzinfo=UTC)
    return begins, (begins + timedelta(days=32)).replace(day=1)


def batch_claim(group: Group, cutoff: datetime, *, size: int, worker: Worker, busy: Iterable[date] = ()) -> ArchiveBatch | Busy | None:
    """The oldest SIZE events of GROUP from before CUTOFF, of one month, as a batch of WORKER's; None when there are none.

    Busy for a month that another worker is at: ask again with it among BUSY. Two queries.
    """
    told = {
        "id": uuid7(),
        "group": group.pk,
        "cutoff": cutoff,
        "rows": size,
        "worker": worker.name,
        "lease_seconds": settings.ARCHIVE_LEASE_SECONDS,
        "run": worker.run.pk if worker.run else None,
        "person": worker.actor.person.pk if worker.actor.person else None,
        "door": worker.actor.door if worker.actor.door != Door.ACCOUNT else Door.CODE,
        "busy": list(busy),
    }
    found = rows("batch_claim", told)
    if not found:
        return None
    ((batch_id, month),) = found
    return Busy(month) if batch_id is None else ArchiveBatch.objects.select_related("group").get(pk=batch_id)


def batch_take_over(worker: Worker, groups: Iterable[uuid.UUID] | None = None) -> ArchiveBatch | None:
    """A batch whose worker died, to be begun anew by WORKER; None when there is none. Two queries."""
    told = {"worker": worker.name, "lease_seconds": settings.ARCHIVE_LEASE_SECONDS, "groups": None if groups is None else list(groups)}
    found = rows("batches_take_over", told)
    return ArchiveBatch.objects.select_related("group").get(pk=found[0][0]) if found else None


def batch_archive(batch: ArchiveBatch) -> ArchiveBatch:
    """Moves the events of a claimed BATCH into the store and out of the database; the batch is `archived` then, or `abandoned` when it was empty.

    Raises LeaseLost, StoreError and RowsChanged; the events are hot then, and the batch waits for whoever takes it over.
    """
    began = timezone.now()
    try:
        for _ in range(EXPORTS_MAX):
            export = _exported(batch)
            if export.rows == 0:
                return _stepped(batch, BatchState.ABANDONED, lease_until=None)
            content = _written(batch, export)
            _stored(batch, content, store())
            _read_back(batch, store())
            try:
                _closed(batch, began)
            except RowsChanged:
                batch = _stepped(batch, BatchState.CLAIMED, key="", bytes=0, sha256="", digest="")
                continue
            reached("archived")
            return batch
        raise RowsChanged(f"Events kept coming into {batch.month:%B %Y} of {batch.group}; they stay in the database until the next run.")
    except LeaseLost:
        raise
    except Exception as failed:
        # Whatever it was, the next worker may begin at once.
        ArchiveBatch.objects.filter(pk=batch.pk, fence=batch.fence, state__in=OPEN_STATES).update(lease_until=Now(), error=str(failed)[:1000])
        raise


def _exported(batch: ArchiveBatch) -> Export:
    """The events of BATCH as the database has them now, the batch halved until they fit the memory that one may take."""
    while True:
        begins, ends = month_span(batch.month)
        told = {
            "group": batch.group_id,
            "month_begins": begins,
            "month_ends": ends,
            "cutoff": batch.cutoff,
            "upto_timestamp": batch.upto_timestamp,
            "upto_id": batch.upto_id,
        }
        text, is_whole = _copied(told)
        export = export_read(text)
        if is_whole:
            return export
        _halve(batch, export)


def _copied(told: Mapping[str, Any]) -> tuple[bytes, bool]:
    """What sql/events_export.sql copies out, as far as memory is meant for it, and whether that is all."""
    text, is_whole = bytearray(), True
    # In a transaction, for that is how long a scope lasts.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ROOMY)
        with cursor.copy(statement("events_export"), told) as parts:
            for part in parts:
                is_whole = is_whole and len(text) + len(part) <= settings.ARCHIVE_BATCH_BYTES_MAX
                if is_whole or not text:  # each part is a row
                    text += part
    return bytes(text), is_whole


def _halve(batch: ArchiveBatch, begun: Export) -> None:
    """Ends BATCH in the middle of the events that were BEGUN to be read; what follows is a batch of its own."""
    middle = max(0, begun.rows // 2 - 1)
    moment, key = begun.events.column("timestamp")[middle].as_py(), uuid.UUID(begun.events.column("id")[middle].as_py())
    _stepped(batch, BatchState.CLAIMED, upto_timestamp=moment, upto_id=key)


def _written(batch: ArchiveBatch, export: Export) -> bytes:
    """The object of EXPORT, its manifest recorded and its key announced, before it goes anywhere."""
    content = file_of(export, {"group": str(batch.group_id), "month": f"{batch.month:%Y-%m}", "batch": str(batch.pk)})
    encrypted = rules_of(batch.group).encryption
    if encrypted == Encryption.GROUP_KEY:
        content = encryption.encrypt(content, key_in_use(batch.group), batch.pk)
    sha256 = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        key = object_key(batch, sha256)
        first, last = export.span
        low, high = export.ids
        _stepped(
            batch,
            BatchState.EXPORTED,
            key=key,
            storage=store().place,
            bytes=len(content),
            sha256=sha256,
            rows=export.rows,
            digest=export.digest,
            min_timestamp=first,
            max_timestamp=last,
            min_id=low,
            max_id=high,
            encryption=encrypted,
        )
        ArchiveObject.objects.get_or_create(key=key, defaults={"group_id": batch.group_id, "batch": batch})
    reached("exported")
    return content


def object_key(batch: ArchiveBatch, sha256: str) -> str:
    """The key of an object: which installation's, whose, of when, which batch at which try, and its content. No other object ever has it."""
    name = f"{batch.pk}-{batch.fence}-{sha256[:32]}.parquet"
    return f"{installation_here().name}/group={batch.group_id}/month={batch.month:%Y-%m}/{name}"


def _stored(batch: ArchiveBatch, content: bytes, into: Store) -> None:
    """Puts the object where none is; one that is there already is an earlier try's, and is read back like any other."""
    with contextlib.suppress(ObjectExists):
        into.put(batch.key, content)
    reached("uploaded")
    _stepped(batch, BatchState.STORED)
    reached("stored")


def _read_back(batch: ArchiveBatch, from_store: Store) -> None:
    """Reads the object whole and counts it anew. Raises ObjectDamaged; the damaged object is removed, for nothing depends on it yet."""
    try:
        object_verify(batch, from_store)
    except ObjectDamaged:
        from_store.delete(batch.key)
        ArchiveObject.objects.filter(key=batch.key).update(state=ObjectState.REMOVED, removed_at=Now())
        batch.fence += 1  # another key for the next try
        ArchiveBatch.objects.filter(pk=batch.pk, fence=batch.fence - 1).update(fence=batch.fence)
        raise
    _stepped(batch, BatchState.VERIFIED, verification=Verification.SOUND, verified_at=timezone.now())
    reached("verified")


def object_verify(batch: ArchiveBatch, from_store: Store) -> bytes:
    """The file of BATCH, read back whole: its hash, its count of events and their digest are those of the manifest.

    Raises ObjectMissing, ObjectDamaged and KeyErased.
    """
    content = from_store.get_whole(batch.key, batch.sha256)
    if batch.encryption == Encryption.GROUP_KEY:
        content = encryption.decrypt(content, key_of(batch), batch.pk)
    try:
        found, digest = rows_and_digest(content)
    except (pyarrow.ArrowException, OSError) as unreadable:
        raise ObjectDamaged(batch.key, f"it cannot be read as Parquet: {unreadable}") from None
    if (found, digest) != (batch.rows, batch.digest):
        raise ObjectDamaged(batch.key, f"it holds {found:,} events of digest {digest}, not {batch.rows:,} of {batch.digest}")
    return content


def _closed(batch: ArchiveBatch, began: datetime) -> None:
    """One transaction: the hot rows go, what metrics need is carried, the object is kept, the batch is archived. Raises RowsChanged and LeaseLost."""
    try:
        with transaction.atomic():
            events_leave(batch)
            ArchiveObject.objects.filter(key=batch.key).update(state=ObjectState.KEPT)
            took = timezone.now() - began
            ArchiveBatch.objects.filter(pk=batch.pk).update(took_ms=int(took.total_seconds() * 1000))
            reached("closing")
    except IntegrityError as refused:
        raise refusal_of(batch, refused) from refused
    batch.refresh_from_db()


def events_leave(batch: ArchiveBatch) -> None:
    """Deletes the hot events of BATCH and carries what metrics need of them, in the caller's transaction. Raises IntegrityError by the rule's name."""
    with connection.cursor() as cursor:
        cursor.execute(ROOMY)
        cursor.execute(ontology_statement(STAGE.name))
        if connection.savepoint_ids:
            cursor.execute("TRUNCATE stage_event")
        cursor.execute(statement("events_leave"), {"batch": batch.pk, "fence": batch.fence})
        left = cursor.rowcount
    carried = events_carry(batch.group_id, batch.pk)
    if not left == carried.events == batch.rows:
        raise RowsChanged(f"The batch {batch.pk} holds {batch.rows:,} events, {left:,} left the database and {carried.events:,} were carried.")


def refusal_of(batch: ArchiveBatch, refused: IntegrityError) -> Exception:
    """What the database's refusal means for BATCH."""
    rule = getattr(getattr(refused.__cause__, "diag", None), "constraint_name", None)
    sentence = str(refused).split("\n")[0]
    if rule == "archived_events_are_those_of_the_object":
        return RowsChanged(sentence)
    if rule == "archive_batch_is_held":
        return LeaseLost(batch.pk)
    return refused


def _stepped(batch: ArchiveBatch, state: BatchState, **told: Any) -> ArchiveBatch:
    """Records a step of BATCH and renews its lease. Raises LeaseLost when another worker has taken it over; one query."""
    told = {"state": state, "lease_until": timezone.now() + timedelta(seconds=settings.ARCHIVE_LEASE_SECONDS), "error": "", **told}
    mine = ArchiveBatch.objects.filter(pk=batch.pk, fence=batch.fence, state__in=OPEN_STATES)
    if not mine.update(**told, updated_at=Now()):
        raise LeaseLost(batch.pk)
    for name, value in told.items():
        setattr(batch, name, value)
    return batch
