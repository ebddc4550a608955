"""Runs: long work that can be watched, paused, tuned, cancelled, and that goes on where it was when its worker dies."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from ontology.choices import RUN_STATES_ENDED, RUN_STATES_HELD, Door, RunState
from ontology.models.constraints import CompositeKey, json_is, one_of
from ontology.models.group import Group
from ontology.models.person import Person
from ontology.models.row import Row

DOORS = [choice for choice in Door.choices if choice[0] != Door.ACCOUNT]
"""No run begins on a person's own pages."""


class Run(Row):
    """One long job.

        new ──────→ running ──→ succeeded
         ↑  ╲          │  ╲───→ failed        (an error that trying again may mend)
         │   ╲         │   ╲──→ interrupted   (stopped at a chunk's edge, or its process died; goes on by itself where a task drives it)
         │    ╲        ├──→ pausing ────→ paused
         │     ╲───────┴──→ cancelling ─→ cancelled
         └── resume: from paused, interrupted and failed

    `new` waits for a worker; `pausing` and `cancelling` last until the chunk at work is committed. Work is done in chunks: `cursor` says where the
    next one begins; it, the counts and `done` are committed with the rows of the chunk, so a killed run neither repeats nor skips one.

    The worker named in `worker` holds the run as long as its heartbeat is fresh; what another commits in its stead, it may not. `task` is the Celery
    task that drives the run and continues it; blank where a command does so in the foreground. `exclusive` is a text that only one unfinished run
    has. `reserved` holds what the run may still add, as {metric: count}, so that others leave room for it. `done` and `total` count records; `total`
    is null until known.
    """

    kind = models.CharField(max_length=50)
    task = models.CharField(max_length=100, blank=True, default="", db_default="")
    queue = models.CharField(max_length=50, blank=True, default="", db_default="")
    state = models.CharField(max_length=20, choices=RunState, default=RunState.NEW)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, blank=True, related_name="runs")
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="runs")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, db_index=False, db_constraint=False, related_name="children")
    door = models.CharField(max_length=10, choices=DOORS, default=Door.COMMAND)
    exclusive = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001 -- null is "none": only so is the key unique where present
    parameters = models.JSONField(default=dict, blank=True)
    cursor = models.JSONField(default=dict, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    reserved = models.JSONField(default=dict, db_default={}, blank=True)
    result = models.JSONField(default=dict, db_default={}, blank=True)
    step = models.CharField(max_length=100, blank=True, default="", db_default="")
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True, blank=True)
    batch_size = models.PositiveIntegerField(null=True, blank=True, help_text="Records of a chunk; blank: the kind's own.")
    throttle_ms = models.PositiveIntegerField(default=0, db_default=0, help_text="Rest after each chunk, in milliseconds.")
    worker = models.CharField(max_length=100, blank=True, default="", db_default="", editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    queued_at = models.DateTimeField(null=True, blank=True, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
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
            json_is("reserved", "object", "run_reserved_is_object"),
            models.CheckConstraint(condition=~Q(state__in=sorted(RUN_STATES_ENDED)) | Q(reserved={}), name="run_ended_reserves_nothing"),
            CompositeKey(columns=["parent_id"], to="ontology_run", to_columns=["id"], name="run_parent_exists"),
            models.UniqueConstraint(fields=["exclusive"], condition=~Q(state__in=sorted(RUN_STATES_ENDED)), name="run_is_exclusive"),
        )
        indexes = (
            models.Index(fields=["kind", "-id"], name="run_latest_of_kind"),
            models.Index(fields=["state", "heartbeat_at"], condition=~Q(state__in=sorted(RUN_STATES_ENDED)), name="run_unfinished"),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="run_children"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def is_held(self) -> bool:
        """Whether a worker holds it, or held it when it died."""
        return self.state in RUN_STATES_HELD

    @property
    def has_ended(self) -> bool:
        """Whether nothing goes on by itself."""
        return self.state in RUN_STATES_ENDED

    @property
    def seconds(self) -> float:
        """From its first chunk to its end, or to its last sign of life."""
        if self.started_at is None:
            return 0.0
        return max(0.0, ((self.finished_at or self.heartbeat_at or timezone.now()) - self.started_at).total_seconds())

    @property
    def time_left(self) -> timedelta | None:
        """What it may still take at its own mean rate; None while that cannot be told."""
        if self.total is None or not self.done or self.state not in RUN_STATES_HELD:
            return None
        return timedelta(seconds=self.seconds / self.done * max(0, self.total - self.done))
