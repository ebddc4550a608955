"""What groups use: counted by the database, read by everybody, written by its triggers and functions alone."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from ontology.models import Group, Person
from ontology.models.constraints import one_of
from ontology.models.row import Row
from quotas.choices import Metric, Period


class Usage(models.Model):
    """One metric of a group in one period: `value` is used, `held` is reserved by unfinished runs or leased to call slots.

    `subject` is blank for the group, else `type:NAME` or `person:ID`. `limit` is the limit at that time, null for none; it holds until
    `limit_until`, when an override begins or ends. What a group uses now is `value` and the deltas that are not folded yet.
    """

    group = models.ForeignKey(Group, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="usage")
    metric = models.CharField(max_length=30, choices=Metric)
    subject = models.CharField(max_length=150, blank=True, default="", db_default="")
    period = models.CharField(max_length=10, choices=Period)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField(null=True)
    value = models.BigIntegerField(db_default=0)
    held = models.BigIntegerField(db_default=0)
    limit = models.BigIntegerField(null=True)
    is_hard = models.BooleanField(db_default=True)
    limit_until = models.DateTimeField(null=True)
    timestamp = models.DateTimeField(db_default=Now())
    metadata = models.JSONField(default=dict, db_default={})

    class Meta:
        verbose_name_plural = "usage"
        ordering = ("-period_start", "metric")
        constraints = (
            models.UniqueConstraint(fields=["group", "metric", "subject", "period", "period_start"], name="usage_is_one_per_period"),
            one_of("metric", Metric.values, "usage_metric_is_known"),
            one_of("period", Period.values, "usage_period_is_known"),
        )

    def __str__(self) -> str:
        return f"{self.metric} of {self.group_id}"


class Delta(models.Model):
    """A change of usage where no limit refuses: added by its transaction, so that writers do not wait for one another, and folded into Usage later."""

    group = models.ForeignKey(Group, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    metric = models.CharField(max_length=30)
    subject = models.CharField(max_length=150, db_default="")
    value = models.BigIntegerField(db_default=0)
    held = models.BigIntegerField(db_default=0)

    class Meta:
        indexes = (models.Index(fields=["group", "metric", "subject"], name="delta_of_usage"),)

    def __str__(self) -> str:
        return f"{self.metric} {self.value:+}"


class CallSlot(models.Model):
    """Calls of one group on one day (UTC) counted by one of the requests at work at once: `leased` from the month's limit, `used` of them.

    A request takes a slot that no other holds, so none waits for another; `refused` calls count by themselves.
    """

    group = models.ForeignKey(Group, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    day = models.DateField()
    slot = models.IntegerField()
    leased = models.BigIntegerField(db_default=0)
    used = models.BigIntegerField(db_default=0)
    refused = models.BigIntegerField(db_default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["group", "day", "slot"], name="call_slot_is_one"),
            models.CheckConstraint(condition=Q(used__gte=0, refused__gte=0), name="call_slot_counts_up"),
        )

    def __str__(self) -> str:
        return f"{self.used} calls on {self.day}"


class CallWindow(models.Model):
    """Calls in the present window of a group (or of one person in it) where a plan limits bursts: one row a limit, begun anew with each window."""

    group = models.ForeignKey(Group, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    subject = models.CharField(max_length=150, db_default="")
    span = models.CharField(max_length=10)
    began_at = models.DateTimeField()
    used = models.BigIntegerField(db_default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["group", "subject", "span"], name="call_window_is_one"),)

    def __str__(self) -> str:
        return f"{self.used} calls a {self.span}"


class Record(Row):
    """Use that the database cannot see, told by `usage_record`; a `key` counts once per group and metric."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, db_index=False, related_name="usage_records")
    metric = models.CharField(max_length=30, choices=Metric)
    amount = models.BigIntegerField()
    key = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001 -- null is "none": only so is the key unique where present
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["group", "metric", "key"], name="record_key_counts_once"),
            one_of("metric", [Metric.API_CALLS, Metric.STORAGE_GB], "record_is_of_what_is_not_seen"),
            models.CheckConstraint(condition=~Q(key=""), name="record_key_is_not_empty"),
        )

    def __str__(self) -> str:
        return f"{self.amount:+} {self.metric}"


class Crossing(Row):
    """A threshold that a metric of a group has crossed in one period, told once, and when it fell back."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, db_index=False, related_name="crossings")
    metric = models.CharField(max_length=30, choices=Metric)
    subject = models.CharField(max_length=150, blank=True, default="")
    period_start = models.DateTimeField()
    level = models.CharField(max_length=10)
    value = models.BigIntegerField()
    limit = models.BigIntegerField()
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["group", "metric", "subject", "period_start", "level"], name="crossing_is_told_once"),
            one_of("level", ["warning", "critical", "exceeded"], "crossing_level_is_known"),
        )

    def __str__(self) -> str:
        return f"{self.metric} {self.level}"


class Drift(Row):
    """Recorded usage that differed from the rows when they were counted anew; monitoring makes a finding of it, nothing mends it silently."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="drifts")
    metric = models.CharField(max_length=30, choices=Metric)
    subject = models.CharField(max_length=150, blank=True, default="")
    recorded = models.BigIntegerField()
    counted = models.BigIntegerField()
    cause = models.CharField(max_length=500)
    mended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.metric}: {self.recorded} recorded, {self.counted} counted"
