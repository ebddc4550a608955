"""What a run leaves beside its own row: records it could not take, its log, its rate, and rows that were taken back."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from ontology.choices import LineLevel, RowAct, RowKind
from ontology.ids import uuid7
from ontology.models.constraints import ClockNow, json_is, one_of
from ontology.models.group import Group
from ontology.models.run import Run


class RunReject(models.Model):
    """A record that a run could not take: its place in the file, its text as it came, and what is wrong with it, as {field, code, error}."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, db_index=False, related_name="rejects")
    line = models.PositiveBigIntegerField()
    text = models.BinaryField()
    problems = models.JSONField(default=list)

    class Meta:
        ordering = ("run", "line")
        constraints = (
            models.UniqueConstraint(fields=["run", "line"], name="run_reject_is_one_per_line"),
            json_is("problems", "array", "run_reject_problems_is_list"),
        )

    def __str__(self) -> str:
        return f"line {self.line}"


class RunLine(models.Model):
    """A line of a run's log."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="lines")
    at = models.DateTimeField(db_default=Now(), editable=False)
    level = models.CharField(max_length=10, choices=LineLevel, default=LineLevel.INFO)
    text = models.TextField()

    class Meta:
        ordering = ("run", "id")
        constraints = (one_of("level", LineLevel.values, "run_line_level_is_known"),)

    def __str__(self) -> str:
        return self.text


class RunSample(models.Model):
    """How far a run was at a moment, for the chart of its rate; about two hundred a run, closer together at its beginning."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="samples")
    at = models.DateTimeField(db_default=Now(), editable=False)
    done = models.PositiveBigIntegerField()

    class Meta:
        ordering = ("run", "id")

    def __str__(self) -> str:
        return f"{self.done} at {self.at}"


class RunWrite(models.Model):
    """What one chunk of a run did to rows of one kind in one group, so that it can be taken back.

    `ids` of rows created, updated or removed; of updated things `events` holds, place by place, the `thing_updated` event with their old values.
    A row that was changed after `at` has been edited since.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, db_index=False, related_name="writes")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, db_index=False, db_constraint=False, related_name="+")
    kind = models.CharField(max_length=20, choices=RowKind)
    act = models.CharField(max_length=10, choices=RowAct)
    ids = ArrayField(models.UUIDField())
    events = ArrayField(models.UUIDField(), default=list)
    at = models.DateTimeField(db_default=ClockNow(), editable=False)

    class Meta:
        ordering = ("run", "id")
        constraints = (
            one_of("kind", RowKind.values, "run_write_kind_is_known"),
            one_of("act", RowAct.values, "run_write_act_is_known"),
        )
        indexes = (models.Index(fields=["run", "id"], name="run_write_of_run"),)

    def __str__(self) -> str:
        return f"{len(self.ids)} {self.kind} {self.act}"


class RunKept(models.Model):
    """A row that a run removed, whole, so that it can be put back."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, db_index=False, related_name="kept")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, db_index=False, db_constraint=False, related_name="+")
    kind = models.CharField(max_length=20, choices=RowKind)
    row_id = models.UUIDField()
    row = models.JSONField()

    class Meta:
        ordering = ("run", "id")
        constraints = (models.UniqueConstraint(fields=["run", "kind", "row_id"], name="run_keeps_a_row_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"


class Notice(models.Model):
    """A sentence to a person about a run of theirs, until they have read it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey("ontology.Person", on_delete=models.CASCADE, related_name="notices")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="notices")
    text = models.TextField()
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=["person", "-id"], condition=models.Q(read_at__isnull=True), name="notice_unread"),)

    def __str__(self) -> str:
        return self.text
