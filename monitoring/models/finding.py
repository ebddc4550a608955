"""Findings: one broken thing over time, and the rows that repairs changed."""

from django.db import models
from django.db.models import F, Q

from monitoring.choices import FindingState, Severity
from ontology.models import Group, Person, Run
from ontology.models.constraints import json_is, one_of
from ontology.models.row import Row


class Finding(Row):
    """A row that breaks the rule of a check (`rule`), from the moment a check found it until one finds it whole.

        open ⇄ acknowledged ──the row is whole──> resolved

    Written and resolved by one statement a check, so the list is full however long. A row that breaks again opens a new finding. While `snoozed_until`
    lies ahead it stays out of the lists of what waits for somebody. The same row is one finding of a rule at a time, whatever its reasons.
    """

    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, db_constraint=False, db_index=False, related_name="findings")
    rule = models.CharField(max_length=40)
    severity = models.CharField(max_length=10, choices=Severity)
    kind = models.CharField(max_length=20)
    record_id = models.CharField(max_length=300)
    reason = models.CharField(max_length=100)
    metadata = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=12, choices=FindingState, default=FindingState.OPEN)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    times_seen = models.PositiveIntegerField(default=1)
    resolved_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    owner = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="findings_owned")
    snoozed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-opened_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=["rule", "kind", "record_id"], condition=~Q(state="resolved"), name="finding_is_one_at_a_time"),
            one_of("severity", Severity.values, "finding_severity_is_known"),
            one_of("state", FindingState.values, "finding_state_is_known"),
            json_is("metadata", "object", "finding_metadata_is_object"),
            models.CheckConstraint(condition=Q(state="resolved") ^ Q(resolved_at__isnull=True), name="finding_resolved_has_a_moment"),
            models.CheckConstraint(condition=~Q(state="acknowledged") | Q(acknowledged_at__isnull=False), name="finding_acknowledged_has_a_moment"),
        )
        indexes = (
            models.Index(F("opened_at").desc(), F("id").desc(), name="finding_latest"),
            models.Index(F("group"), F("opened_at").desc(), F("id").desc(), name="finding_latest_of_group"),
            models.Index(F("rule"), F("opened_at").desc(), condition=~Q(state="resolved"), name="finding_unresolved_by_rule"),
        )

    def __str__(self) -> str:
        return f"{self.rule}: {self.kind} {self.record_id}"


class RepairedRow(Row):
    """A row that a repair changed: what it was and what it became, so that the repair can be undone; `undone_at` once it was."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, db_constraint=False, db_index=False, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="repaired")
    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="repaired")
    kind = models.CharField(max_length=20)
    record_id = models.CharField(max_length=300)
    repair = models.CharField(max_length=20)
    before = models.JSONField()
    after = models.JSONField(null=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("run", "id")
        constraints = (models.UniqueConstraint(fields=["run", "finding"], name="repaired_row_is_one_a_run"),)

    def __str__(self) -> str:
        return f"{self.repair} {self.kind} {self.record_id}"
