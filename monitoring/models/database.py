"""What is kept of the database underneath: samples of statements, of the server and of its tables; slow statements; maintenance; reports."""

from django.db import models
from django.db.models import F
from django.db.models.functions import Now

from monitoring.choices import MaintenanceKind, MaintenanceOutcome, RelationKind, SlowLevel
from ontology.models.constraints import json_is, one_of


class Statement(models.Model):
    """A statement as pg_stat_statements knows it: its number and its text with `$1` in place of values."""

    query_id = models.BigIntegerField(primary_key=True)
    text = models.TextField()
    first_seen_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    """When it was last called, to a day."""

    def __str__(self) -> str:
        return self.text[:80]


class StatementCounter(models.Model):
    """The counters of a statement as they were last read: what the next sample is the difference to. `since` changes when they began anew."""

    query_id = models.BigIntegerField()
    user_oid = models.BigIntegerField()
    toplevel = models.BooleanField()
    since = models.DateTimeField()
    calls = models.BigIntegerField()
    total_ms = models.FloatField()
    rows = models.BigIntegerField()
    blocks_hit = models.BigIntegerField()
    blocks_read = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["query_id", "user_oid", "toplevel"], name="statement_counter_is_one"),)

    def __str__(self) -> str:
        return f"{self.query_id}: {self.calls} calls"


class StatementSample(models.Model):
    """What a statement did in the `seconds` before `taken_at`; a minute when fresh, an hour when older than two days."""

    taken_at = models.DateTimeField()
    seconds = models.PositiveIntegerField()
    query_id = models.BigIntegerField()
    calls = models.BigIntegerField()
    total_ms = models.FloatField()
    rows = models.BigIntegerField()
    blocks_hit = models.BigIntegerField()
    blocks_read = models.BigIntegerField()

    class Meta:
        indexes = (
            models.Index(F("taken_at"), name="statement_sample_by_time"),
            models.Index(F("query_id"), F("taken_at"), name="statement_sample_of_one"),
        )
        constraints = (models.CheckConstraint(condition=models.Q(calls__gt=0), name="statement_sample_has_calls"),)

    def __str__(self) -> str:
        return f"{self.query_id} at {self.taken_at:%H:%M}: {self.calls} calls"


class DatabaseSample(models.Model):
    """The server at one moment, and what happened in the `seconds` before; null where nothing came before or the role may not see it."""

    taken_at = models.DateTimeField(unique=True)
    seconds = models.FloatField(null=True)
    connections = models.PositiveIntegerField()
    active = models.PositiveIntegerField()
    idle_in_transaction = models.PositiveIntegerField()
    connections_max = models.PositiveIntegerField()
    oldest_idle_seconds = models.FloatField()
    oldest_transaction_seconds = models.FloatField()
    transactions = models.BigIntegerField(null=True)
    rollbacks = models.BigIntegerField(null=True)
    blocks_hit = models.BigIntegerField(null=True)
    blocks_read = models.BigIntegerField(null=True)
    deadlocks = models.BigIntegerField(null=True)
    slow_statements = models.PositiveIntegerField(default=0)
    size_bytes = models.BigIntegerField()
    wraparound_percent = models.FloatField()
    replication_lag_bytes = models.BigIntegerField(null=True)
    raw = models.JSONField(default=dict)
    """The counters as they stood, for the next difference: {since, transactions, rollbacks, blocks_hit, blocks_read, deadlocks, statements}."""

    class Meta:
        ordering = ("-taken_at",)
        constraints = (json_is("raw", "object", "database_sample_raw_is_object"),)

    def __str__(self) -> str:
        return f"{self.taken_at:%Y-%m-%d %H:%M}"


class RelationSample(models.Model):
    """A table or an index on one day (UTC): its size, and what its counters said; an index of a partitioned table adds up its parts."""

    day = models.DateField()
    kind = models.CharField(max_length=5, choices=RelationKind)
    name = models.CharField(max_length=200)
    table = models.CharField(max_length=200)
    size_bytes = models.BigIntegerField()
    rows = models.BigIntegerField(null=True)
    dead_rows = models.BigIntegerField(null=True)
    scans = models.BigIntegerField()
    rows_read = models.BigIntegerField()
    stats_since = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["day", "kind", "name"], name="relation_sample_is_one_a_day"),
            one_of("kind", RelationKind.values, "relation_sample_kind_is_known"),
        )

    def __str__(self) -> str:
        return f"{self.name} on {self.day}"


class SlowStatement(models.Model):
    """A statement of the application that took long: when, how long, for whom and by whom. Partitioned by day; days are dropped after 30."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    duration_ms = models.FloatField()
    level = models.CharField(max_length=10, choices=SlowLevel)
    text = models.TextField()
    caller = models.CharField(max_length=200)
    group_slug = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.duration_ms:,.0f} ms, {self.caller}"


class RepeatedStatement(models.Model):
    """A statement that one caller made many times within one request or task: a sign of N+1. One row for caller and text."""

    caller = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=32)
    text = models.TextField()
    times_max = models.PositiveIntegerField()
    seen = models.PositiveIntegerField(default=1)
    total_ms = models.FloatField()
    first_at = models.DateTimeField(db_default=Now())
    last_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("-last_at",)
        constraints = (models.UniqueConstraint(fields=["caller", "fingerprint"], name="repeated_statement_is_one"),)

    def __str__(self) -> str:
        return f"{self.caller}: {self.times_max} times"


class GroupCost(models.Model):
    """What the application's statements for one group took on one day (UTC), added up by each process about once a minute. Blank slug: nobody's."""

    day = models.DateField()
    group_slug = models.CharField(max_length=100, blank=True)
    statements = models.BigIntegerField()
    total_ms = models.FloatField()
    rows = models.BigIntegerField(default=0, db_default=0)
    """Rows that the statements brought or changed."""

    class Meta:
        constraints = (models.UniqueConstraint(fields=["day", "group_slug"], name="group_cost_is_one_a_day"),)

    def __str__(self) -> str:
        return f"{self.group_slug or 'nobody'} on {self.day}"


class Maintenance(models.Model):
    """An act of keeping the database in shape: what, on what, how long, and what it gained."""

    kind = models.CharField(max_length=20, choices=MaintenanceKind)
    target = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    took_ms = models.FloatField(null=True)
    bytes_before = models.BigIntegerField()
    bytes_after = models.BigIntegerField(null=True)
    dead_before = models.BigIntegerField(null=True)
    dead_after = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=10, choices=MaintenanceOutcome)
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-started_at",)
        indexes = (models.Index(F("started_at").desc(), name="maintenance_latest"),)
        constraints = (
            one_of("kind", MaintenanceKind.values, "maintenance_kind_is_known"),
            one_of("outcome", MaintenanceOutcome.values, "maintenance_outcome_is_known"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.target}"


class DatabaseReport(models.Model):
    """A report as it was made: index health every week, optimisation every month. `content` is what the page and the JSON show."""

    kind = models.CharField(max_length=20)
    made_at = models.DateTimeField(db_default=Now())
    content = models.JSONField(default=dict)

    class Meta:
        ordering = ("-made_at",)
        constraints = (json_is("content", "object", "database_report_content_is_object"),)

    def __str__(self) -> str:
        return f"{self.kind} of {self.made_at:%Y-%m-%d}"
