"""Signs of life: of each kind of process, and of each job of the clock."""

from django.db import models


class Heartbeat(models.Model):
    """The last sign of life of a kind of process: `worker`, `web`, and `watch`, which is whoever looks whether the others live.

    `since` is when its signs began to come without a longer gap.
    """

    kind = models.CharField(max_length=50)
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ("kind",)
        constraints = (models.UniqueConstraint(fields=["kind"], name="heartbeat_kind_is_one"),)

    def __str__(self) -> str:
        return f"{self.kind}, last seen {self.seen_at:%Y-%m-%d %H:%M:%S}"


class JobRecord(models.Model):
    """When a task of the clock last succeeded, and last failed; `error` names what went wrong then, without its words, which may hold anything.

    `known_since` is when it was first seen switched on, since it last was off.
    """

    task = models.CharField(max_length=200)
    known_since = models.DateTimeField()
    succeeded_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("task",)
        constraints = (models.UniqueConstraint(fields=["task"], name="job_record_task_is_one"),)

    def __str__(self) -> str:
        return self.task
