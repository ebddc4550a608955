"""Alerts: one row an episode, from the moment a condition is crossed until it has been healthy for long enough."""

from django.db import models
from django.db.models import F, Q

from monitoring.choices import AlertState, Category, Severity
from ontology.models import Group, Person
from ontology.models.constraints import json_is, one_of
from ontology.models.row import Row


class Alert(Row):
    """An episode of one condition (`name`) in one group, or of the platform where there is none.

        crossed ──> open <──crossed again── recovering ──healthy for ALERT_QUIET_SECONDS──> resolved
                      └──────seen healthy──────^

    `severity` is the present one, `told_severity` the worst that was told in this episode: only what is worse than that is told again, so a condition
    that flaps, or falls and rises, is told once. While `snoozed_until` lies ahead nothing of the episode is told but an emergency.
    """

    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, db_constraint=False, db_index=False, related_name="alerts")
    name = models.CharField(max_length=100)
    category = models.CharField(max_length=20, choices=Category, default=Category.DATA_QUALITY)
    state = models.CharField(max_length=10, choices=AlertState, default=AlertState.OPEN)
    severity = models.CharField(max_length=10, choices=Severity)
    told_severity = models.CharField(max_length=10, choices=Severity)
    summary = models.CharField(max_length=500)
    value = models.FloatField(null=True, blank=True)
    threshold = models.FloatField(null=True, blank=True)
    details = models.JSONField(default=dict, blank=True)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    times_seen = models.PositiveIntegerField(default=1)
    healthy_since = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    owner = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="alerts_owned")
    snoozed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        permissions = (("work_on_alert", "Can acknowledge, assign and snooze alerts, and redeliver messages"),)
        constraints = (
            models.UniqueConstraint(
                fields=["name", "group"], condition=~Q(state=AlertState.RESOLVED), nulls_distinct=False, name="alert_episode_is_one_at_a_time"
            ),
            one_of("state", AlertState.values, "alert_state_is_known"),
            one_of("severity", Severity.values, "alert_severity_is_known"),
            one_of("told_severity", Severity.values, "alert_told_severity_is_known"),
            one_of("category", Category.values, "alert_category_is_known"),
            json_is("details", "object", "alert_details_is_object"),
            models.CheckConstraint(condition=Q(state=AlertState.RESOLVED) ^ Q(resolved_at__isnull=True), name="alert_resolved_has_a_moment"),
            models.CheckConstraint(
                condition=~Q(state=AlertState.RECOVERING) | Q(healthy_since__isnull=False), name="alert_recovering_since_a_moment"
            ),
        )
        indexes = (
            models.Index(F("group"), F("opened_at").desc(), name="alert_latest_of_group"),
            models.Index(F("opened_at").desc(), name="alert_latest"),
        )

    def __str__(self) -> str:
        return self.name.replace("_", " ").capitalize()
