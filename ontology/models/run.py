"""Runs: long work that leaves a record, stops at a batch's edge and goes on from there."""

from django.db import models

from ontology.choices import Door, RunState
from ontology.ids import uuid7
from ontology.models.constraints import json_is, one_of
from ontology.models.group import Group
from ontology.models.person import Person
from ontology.models.row import Row

DOORS = [choice for choice in Door.choices if choice[0] != Door.ACCOUNT]
"""No run begins on a person's own pages."""


class Run(Row):
    """One long job.

        new → running → succeeded
                 ├────→ interrupted → running   (stopped at a batch's edge, or its process died)
                 └────→ failed      → running   (an error that trying again may mend)

    `cursor` says where the next batch begins; it, the counts and the heartbeat are committed with the rows of a batch, so a killed run
    neither repeats nor skips one. `done` and `total` count records; `total` is null until known.
    """

    kind = models.CharField(max_length=50)
    state = models.CharField(max_length=20, choices=RunState, default=RunState.NEW)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, blank=True, related_name="runs")
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="runs")
    door = models.CharField(max_length=10, choices=DOORS, default=Door.COMMAND)
    parameters = models.JSONField(default=dict, blank=True)
    cursor = models.JSONField(default=dict, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            one_of("state", RunState.values, "run_state_is_known"),
            one_of("door", [name for name, _ in DOORS], "run_door_is_known"),
            json_is("parameters", "object", "run_parameters_is_object"),
            json_is("cursor", "object", "run_cursor_is_object"),
        )
        indexes = (models.Index(fields=["kind", "-id"], name="run_latest_of_kind"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class RunReject(models.Model):
    """A record that a run could not take: its place in the file, its text as it came, and what is wrong with it, as {field, code, error}."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="rejects")
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
