"""Batches of cold events: the manifest of each object, and how it came to be."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from archival.choices import HELD_STATES, OPEN_STATES, BatchState, Encryption, ObjectState, Verification
from ontology.choices import Door
from ontology.ids import uuid7
from ontology.models import Group, Person, Run
from ontology.models.constraints import one_of
from ontology.models.row import Row

DOORS = [choice for choice in Door.choices if choice[0] != Door.ACCOUNT]


class ArchiveBatch(Row):
    """Events of one group and one month that moved together, and the object that holds them.

        claimed → exported → stored → verified → archived ⇄ restored
           │ the rows are hot, one worker holds them by lease and fence       │
           └→ abandoned                                   archived → expired | replaced | erased, restored → replaced

    Each step is recorded in a transaction of its own; a worker that is killed leaves a lease that ends, and the next one begins the batch anew at the
    export, which is safe because nothing is deleted before the last step. That step is one transaction: the hot rows go only if they are, by count
    and digest, those of the object that was read back; what metrics need is carried; the batch is `archived`. It is `replaced` by another when a person
    is erased from it, and by none when it is restored and an undone import takes events of it: the others are archived anew.

    A batch covers the events of its group and month up to (upto_timestamp, upto_id), both inclusive, that are older than `cutoff`. `digest` adds up, modulo 2^64, a number
    made of each event's text (archival_event_number in the database, archival.parquet for files), so it knows no order. `fence` grows with
    each worker that takes the batch over. `bytes` are those of the object, `sha256` its hash, `delete_after` the moment from which retention may remove it.
    """

    group = models.ForeignKey(Group, on_delete=models.PROTECT, db_index=False, related_name="archive_batches")
    month = models.DateField(help_text="Its first day, in UTC.")
    state = models.CharField(max_length=10, choices=BatchState, default=BatchState.CLAIMED)
    cutoff = models.DateTimeField()
    upto_timestamp = models.DateTimeField()
    upto_id = models.UUIDField()
    fence = models.BigIntegerField(default=1)
    worker = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    key = models.CharField(max_length=500, blank=True)
    storage = models.CharField(max_length=300, blank=True, help_text="Where the object lies, without any secret.")
    bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    rows = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=16, blank=True)
    min_timestamp = models.DateTimeField(null=True, blank=True)
    max_timestamp = models.DateTimeField(null=True, blank=True)
    min_id = models.UUIDField(null=True, blank=True)
    max_id = models.UUIDField(null=True, blank=True)
    schema_version = models.PositiveSmallIntegerField(default=1)
    compression = models.CharField(max_length=20, default="zstd")
    encryption = models.CharField(max_length=10, choices=Encryption, default=Encryption.NONE)
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="archive_batches")
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    door = models.CharField(max_length=10, choices=DOORS, default=Door.TASK)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    closed_at = models.DateTimeField(null=True, blank=True)
    took_ms = models.PositiveIntegerField(default=0)
    verification = models.CharField(max_length=10, choices=Verification, blank=True, default=Verification.NEVER)
    verified_at = models.DateTimeField(null=True, blank=True)
    restored_at = models.DateTimeField(null=True, blank=True)
    restored_until = models.DateTimeField(null=True, blank=True)
    delete_after = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = "archive batch"
        verbose_name_plural = "archive batches"
        permissions = (("run_archival", "Can archive, restore and verify events now"),)
        constraints = (
            one_of("state", BatchState.values, "archive_batch_state_is_known"),
            one_of("encryption", Encryption.values, "archive_batch_encryption_is_known"),
            one_of("verification", Verification.values, "archive_batch_verification_is_known"),
            one_of("door", [name for name, _ in DOORS], "archive_batch_door_is_known"),
            models.CheckConstraint(condition=Q(month__day=1), name="archive_batch_month_is_a_first_day"),
            models.UniqueConstraint(fields=["group", "month"], condition=Q(state__in=OPEN_STATES), name="archive_batch_open_is_one_a_month"),
            models.UniqueConstraint(fields=["key"], condition=Q(state__in=HELD_STATES), name="archive_batch_key_is_unique"),
            models.CheckConstraint(
                condition=~Q(state__in=HELD_STATES)
                | (Q(rows__gte=1, bytes__gte=1, sha256__regex=r"^[0-9a-f]{64}$", digest__regex=r"^[0-9a-f]{16}$") & ~Q(key="")),
                name="archive_batch_is_whole_before_rows_leave",
            ),
            models.CheckConstraint(
                condition=~Q(state=BatchState.RESTORED) | Q(restored_until__isnull=False), name="archive_batch_restored_until_a_date"
            ),
        )
        indexes = (
            models.Index(F("group"), F("max_timestamp").desc(), condition=Q(state="archived"), name="archive_batch_cold_latest"),
            models.Index(F("group"), F("month"), name="archive_batch_of_month"),
            models.Index(
                F("state"),
                F("lease_until"),
                condition=~Q(state__in=["archived", "expired", "replaced", "erased", "abandoned"]),
                name="archive_batch_at_work",
            ),
        )

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}, {self.rows:,} events"


class ArchiveObject(models.Model):
    """An object, announced before it is written: whatever is in the store is known here, so strays are found without listing anything."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, db_index=False, related_name="+")
    batch = models.ForeignKey(ArchiveBatch, on_delete=models.PROTECT, related_name="objects_written")
    key = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=ObjectState, default=ObjectState.ANNOUNCED)
    announced_at = models.DateTimeField(db_default=Now(), editable=False)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["key"], name="archive_object_key_is_unique"),
            one_of("state", ObjectState.values, "archive_object_state_is_known"),
        )
        indexes = (models.Index(fields=["announced_at"], condition=Q(state="announced"), name="archive_object_announced"),)

    def __str__(self) -> str:
        return self.key


class RestoredEvent(models.Model):
    """An event that is hot because its batch is restored: no run archives it a second time, and the batch goes cold again by these rows."""

    id = models.BigAutoField(primary_key=True)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, db_index=False, related_name="+")
    batch = models.ForeignKey(ArchiveBatch, on_delete=models.CASCADE, related_name="+")
    event_id = models.UUIDField()
    timestamp = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["event_id", "timestamp"], name="restored_event_is_of_one_batch"),)

    def __str__(self) -> str:
        return str(self.event_id)
