"""What the data was like over time: snapshots, reports, and what value is healthy where."""

from django.db import models
from django.db.models import F, Q

from monitoring.thresholds import SHIPPED, Standing
from ontology.models import Group
from ontology.models.constraints import json_is, one_of
from ontology.models.row import Row
from quotas.models import Plan


class DataQualitySnapshot(Row):
    """The metrics of a group, or of the whole platform where there is none, on one day (UTC); kept for SNAPSHOTS_KEPT_DAYS.

    Scores, progress and compliance are percent, the rest counts. `issues` are all broken rows of every check; `metadata` holds them by check, and what
    the metrics are parts of.
    """

    group = models.ForeignKey(
        Group, on_delete=models.CASCADE, null=True, blank=True, db_constraint=False, db_index=False, related_name="quality_snapshots"
    )
    day = models.DateField()
    timestamp = models.DateTimeField()
    standing = models.CharField(max_length=10, choices=[(each.value, each.value.capitalize()) for each in Standing])
    referential_integrity_score = models.FloatField()
    orphaned_entity_count = models.PositiveBigIntegerField()
    cross_group_violations = models.PositiveBigIntegerField()
    missing_group_ids = models.PositiveBigIntegerField()
    malformed_properties_count = models.PositiveBigIntegerField()
    schema_compliance_score = models.FloatField()
    event_archival_progress = models.FloatField()
    issues = models.PositiveBigIntegerField()
    metadata = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("-timestamp", "-id")
        verbose_name = "snapshot"
        permissions = (("run_check", "Can run checks, decide about findings and repair them"),)
        constraints = (
            models.UniqueConstraint(fields=["day", "group"], nulls_distinct=False, name="quality_snapshot_is_one_a_day"),
            one_of("standing", [each.value for each in Standing], "quality_snapshot_standing_is_known"),
            models.CheckConstraint(
                condition=Q(
                    referential_integrity_score__range=(0, 100), schema_compliance_score__range=(0, 100), event_archival_progress__range=(0, 100)
                ),
                name="quality_snapshot_scores_are_percent",
            ),
            json_is("metadata", "object", "quality_snapshot_metadata_is_object"),
        )
        indexes = (
            models.Index(F("timestamp").desc(), name="quality_snapshot_latest"),
            models.Index(F("group"), F("timestamp").desc(), name="quality_snapshot_of_group"),
        )

    def __str__(self) -> str:
        return f"{self.group or 'The platform'}, {self.day}"


class QualityThreshold(Row):
    """Another threshold than the shipped one, for one group or for the groups of one plan; a group's own goes before its plan's.

    `healthy` is the last healthy value, `warning` the last that is no more than a warning, both in the metric's unit.
    """

    metric = models.CharField(max_length=40, choices=[(name, name.replace("_", " ").capitalize()) for name in SHIPPED])
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, db_constraint=False, related_name="quality_thresholds")
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, null=True, blank=True, related_name="quality_thresholds")
    healthy = models.FloatField(help_text="The last value that is healthy: percent of a share or score, rows of a count.")
    warning = models.FloatField(help_text="The last value that is no more than a warning; what lies beyond is critical.")

    class Meta:
        ordering = ("metric", "id")
        verbose_name = "threshold"
        constraints = (
            one_of("metric", SHIPPED, "quality_threshold_metric_is_known"),
            models.CheckConstraint(
                condition=Q(group__isnull=True) ^ Q(plan__isnull=True),
                name="quality_threshold_is_of_a_group_or_a_plan",
                violation_error_message="Choose a group or a plan, and not both.",
            ),
            models.UniqueConstraint(fields=["metric", "group"], condition=Q(group__isnull=False), name="quality_threshold_of_group_is_one"),
            models.UniqueConstraint(fields=["metric", "plan"], condition=Q(plan__isnull=False), name="quality_threshold_of_plan_is_one"),
            models.CheckConstraint(
                condition=Q(metric__in=[name for name, each in SHIPPED.items() if each.higher_is_better], warning__lte=F("healthy"))
                | Q(metric__in=[name for name, each in SHIPPED.items() if not each.higher_is_better], warning__gte=F("healthy")),
                name="quality_threshold_warning_is_beyond_healthy",
                violation_error_message="The last warning lies beyond the last healthy value: below it for scores, above it for counts.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_metric_display()} of {self.group or self.plan}"


class WeeklyReport(Row):
    """A week (from Monday, UTC) of a group or of the platform: what each metric was and became, and what was found; `body` as the API tells it."""

    group = models.ForeignKey(
        Group, on_delete=models.CASCADE, null=True, blank=True, db_constraint=False, db_index=False, related_name="quality_reports"
    )
    week = models.DateField(help_text="Its Monday.")
    standing = models.CharField(max_length=10, choices=[(each.value, each.value.capitalize()) for each in Standing])
    body = models.JSONField()

    class Meta:
        ordering = ("-week", "-id")
        constraints = (
            models.UniqueConstraint(fields=["week", "group"], nulls_distinct=False, name="weekly_report_is_one_a_week"),
            models.CheckConstraint(condition=Q(week__iso_week_day=1), name="weekly_report_week_is_a_monday"),
            one_of("standing", [each.value for each in Standing], "weekly_report_standing_is_known"),
            json_is("body", "object", "weekly_report_body_is_object"),
        )

    def __str__(self) -> str:
        return f"{self.group or 'The platform'}, week of {self.week}"
