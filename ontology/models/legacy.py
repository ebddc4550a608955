"""What migration knows of legacy rows, and what could not come over."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from ontology.choices import LegacyKind, QuarantineState
from ontology.ids import uuid7
from ontology.models.constraints import json_is, one_of
from ontology.models.person import Person
from ontology.models.row import Row
from ontology.models.run import Run


class LegacyRow(models.Model):
    """A row that came without a group: what its document said that no column holds, and what migration decides about it.

    `own_group` is the group the document named, where there is such a group. `told` keeps every other value that found no column, such as the ids of
    things that are not there. `moment` is the document's creation, of events their timestamp. `decision` is of a
    thing how its group was found, of a connection or link the reason for quarantine, else `migrated` or blank; `to_group` is the group it comes to, where
    that is not the group of its ends.
    `digest` is that of the document, so that loading twice adds nothing. Only the platform sees these rows.
    """

    pk = models.CompositePrimaryKey("kind", "row_id")
    kind = models.CharField(max_length=20, choices=LegacyKind)
    row_id = models.UUIDField()
    old_id = models.CharField(max_length=500, null=True, blank=True)  # noqa: DJ001 -- null: it was in the tables already
    digest = models.BinaryField(null=True)
    own_group = models.UUIDField(null=True, blank=True)
    moment = models.DateTimeField()
    told = models.JSONField(default=dict, db_default={})
    to_group = models.UUIDField(null=True, blank=True)
    decision = models.CharField(max_length=30, blank=True, default="", db_default="")
    round = models.PositiveSmallIntegerField(null=True, blank=True)
    cleared = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="References of the row that were cleared.")
    findings = models.JSONField(default=list, db_default=[])

    class Meta:
        constraints = (
            one_of("kind", LegacyKind.values, "legacy_row_kind_is_known"),
            models.UniqueConstraint(fields=["kind", "old_id"], name="legacy_row_is_loaded_once"),
            json_is("told", "object", "legacy_row_told_is_object"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.old_id or self.row_id}"


class MigrationMark(models.Model):
    """A transaction by which migration or a rollback changed rows; `removed` names rows that a rollback took away, as "table key".

    The mark is the number of the transaction in which this row itself was written (its xmin): rows with the same number are as that transaction left
    them, and rollback touches no others. So a mark is written in the very (sub)transaction of its rows, and never changed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run_id = models.UUIDField(null=True, blank=True)
    step = models.CharField(max_length=50)
    removed = ArrayField(models.TextField(), default=list, db_default=[])
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.step} of run {self.run_id}"


class QuarantinedRow(Row):
    """A document or row that could not come over, whole, with the reason, until staff repair and release it or discard it.

    `document` is the document or the row; of a line that is no JSON object `text` holds the line. `place` says where in the export it stood.
    Only the platform sees these rows.
    """

    kind = models.CharField(max_length=100)
    row_id = models.UUIDField(null=True, blank=True)
    reason = models.CharField(max_length=50)
    document = models.JSONField(null=True, blank=True)
    text = models.TextField(blank=True, default="", db_default="")
    place = models.CharField(max_length=300, blank=True, default="", db_default="")
    digest = models.BinaryField(null=True, editable=False)
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=QuarantineState, default=QuarantineState.OPEN, db_default=QuarantineState.OPEN)
    decided_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(blank=True, default="", db_default="")
    quarantined_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("-id",)
        constraints = (
            one_of("state", QuarantineState.values, "quarantined_row_state_is_known"),
            models.UniqueConstraint(fields=["digest"], name="quarantined_row_is_kept_once"),
            models.CheckConstraint(condition=Q(state="open") | Q(decided_at__isnull=False), name="quarantined_row_decided_when"),
        )
        indexes = (models.Index(fields=["state", "reason", "-id"], name="quarantined_row_by_reason"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id or self.place}: {self.reason}"
