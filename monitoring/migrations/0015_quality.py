"""Findings, snapshots, thresholds and reports."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.lookups
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import ontology.ids
import ontology.models.constraints
from monitoring.database_roles import quality_grant
from monitoring.migrations.sql import sql_file
from ontology.migrations.sql import PATIENCE


def _grant(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    quality_grant(schema_editor.connection, app=settings.DATABASE_ROLES["app"], worker=settings.DATABASE_ROLES["worker"])


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0014_weekly_report"),
        ("ontology", "0025_legacy_valid"),
        ("quotas", "0005_legacy_groups"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.CreateModel(
            name="Finding",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("rule", models.CharField(max_length=40)),
                (
                    "severity",
                    models.CharField(
                        choices=[("info", "Information"), ("warning", "Warning"), ("critical", "Critical"), ("emergency", "Emergency")], max_length=10
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("record_id", models.CharField(max_length=300)),
                ("reason", models.CharField(max_length=100)),
                ("metadata", models.JSONField(blank=True, default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("acknowledged", "Acknowledged"), ("resolved", "Resolved")], default="open", max_length=12
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("times_seen", models.PositiveIntegerField(default=1)),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                ("snoozed_until", models.DateTimeField(blank=True, null=True)),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="findings",
                        to="ontology.group",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="findings_owned",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-opened_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="QualityThreshold",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "metric",
                    models.CharField(
                        choices=[
                            ("referential_integrity", "Referential integrity"),
                            ("orphaned_references", "Orphaned references"),
                            ("cross_group_violations", "Cross group violations"),
                            ("missing_groups", "Missing groups"),
                            ("malformed_properties", "Malformed properties"),
                            ("schema_compliance", "Schema compliance"),
                            ("archival_progress", "Archival progress"),
                        ],
                        max_length=40,
                    ),
                ),
                ("healthy", models.FloatField(help_text="The last value that is healthy: percent of a share or score, rows of a count.")),
                ("warning", models.FloatField(help_text="The last value that is no more than a warning; what lies beyond is critical.")),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="quality_thresholds",
                        to="ontology.group",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="quality_thresholds", to="quotas.plan"
                    ),
                ),
            ],
            options={
                "verbose_name": "threshold",
                "ordering": ("metric", "id"),
            },
        ),
        migrations.CreateModel(
            name="RepairedRow",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("kind", models.CharField(max_length=20)),
                ("record_id", models.CharField(max_length=300)),
                ("repair", models.CharField(max_length=20)),
                ("before", models.JSONField()),
                ("after", models.JSONField(null=True)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("finding", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="repaired", to="monitoring.finding")),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="ontology.group",
                    ),
                ),
                ("run", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="repaired", to="ontology.run")),
            ],
            options={
                "ordering": ("run", "id"),
            },
        ),
        migrations.CreateModel(
            name="WeeklyReport",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("week", models.DateField(help_text="Its Monday.")),
                ("standing", models.CharField(choices=[("healthy", "Healthy"), ("warning", "Warning"), ("critical", "Critical")], max_length=10)),
                ("body", models.JSONField()),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="quality_reports",
                        to="ontology.group",
                    ),
                ),
            ],
            options={
                "ordering": ("-week", "-id"),
            },
        ),
        migrations.CreateModel(
            name="DataQualitySnapshot",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("day", models.DateField()),
                ("timestamp", models.DateTimeField()),
                ("standing", models.CharField(choices=[("healthy", "Healthy"), ("warning", "Warning"), ("critical", "Critical")], max_length=10)),
                ("referential_integrity_score", models.FloatField()),
                ("orphaned_entity_count", models.PositiveBigIntegerField()),
                ("cross_group_violations", models.PositiveBigIntegerField()),
                ("missing_group_ids", models.PositiveBigIntegerField()),
                ("malformed_properties_count", models.PositiveBigIntegerField()),
                ("schema_compliance_score", models.FloatField()),
                ("event_archival_progress", models.FloatField()),
                ("issues", models.PositiveBigIntegerField()),
                ("metadata", models.JSONField(blank=True, default=dict)),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="quality_snapshots",
                        to="ontology.group",
                    ),
                ),
            ],
            options={
                "verbose_name": "snapshot",
                "ordering": ("-timestamp", "-id"),
                "permissions": (("run_check", "Can run checks, decide about findings and repair them"),),
                "indexes": [
                    models.Index(models.OrderBy(models.F("timestamp"), descending=True), name="quality_snapshot_latest"),
                    models.Index(models.F("group"), models.OrderBy(models.F("timestamp"), descending=True), name="quality_snapshot_of_group"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("day", "group"), name="quality_snapshot_is_one_a_day", nulls_distinct=False),
                    models.CheckConstraint(
                        condition=models.Q(("standing__in", ["critical", "healthy", "warning"])), name="quality_snapshot_standing_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("event_archival_progress__range", (0, 100)),
                            ("referential_integrity_score__range", (0, 100)),
                            ("schema_compliance_score__range", (0, 100)),
                        ),
                        name="quality_snapshot_scores_are_percent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(django.db.models.lookups.Exact(ontology.models.constraints.JsonType("metadata"), models.Value("object"))),
                        name="quality_snapshot_metadata_is_object",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                models.OrderBy(models.F("opened_at"), descending=True), models.OrderBy(models.F("id"), descending=True), name="finding_latest"
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                models.F("group"),
                models.OrderBy(models.F("opened_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="finding_latest_of_group",
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                models.F("rule"),
                models.OrderBy(models.F("opened_at"), descending=True),
                condition=models.Q(("state", "resolved"), _negated=True),
                name="finding_unresolved_by_rule",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "resolved"), _negated=True), fields=("rule", "kind", "record_id"), name="finding_is_one_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(("severity__in", ["critical", "emergency", "info", "warning"])), name="finding_severity_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(condition=models.Q(("state__in", ["acknowledged", "open", "resolved"])), name="finding_state_is_known"),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(django.db.models.lookups.Exact(ontology.models.constraints.JsonType("metadata"), models.Value("object"))),
                name="finding_metadata_is_object",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "resolved"), ("resolved_at__isnull", True), _connector="XOR"), name="finding_resolved_has_a_moment"
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "acknowledged"), _negated=True), ("acknowledged_at__isnull", False), _connector="OR"),
                name="finding_acknowledged_has_a_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="qualitythreshold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "metric__in",
                        [
                            "archival_progress",
                            "cross_group_violations",
                            "malformed_properties",
                            "missing_groups",
                            "orphaned_references",
                            "referential_integrity",
                            "schema_compliance",
                        ],
                    )
                ),
                name="quality_threshold_metric_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="qualitythreshold",
            constraint=models.CheckConstraint(
                condition=models.Q(("group__isnull", True), ("plan__isnull", True), _connector="XOR"),
                name="quality_threshold_is_of_a_group_or_a_plan",
                violation_error_message="Choose a group or a plan, and not both.",
            ),
        ),
        migrations.AddConstraint(
            model_name="qualitythreshold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("group__isnull", False)), fields=("metric", "group"), name="quality_threshold_of_group_is_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="qualitythreshold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("plan__isnull", False)), fields=("metric", "plan"), name="quality_threshold_of_plan_is_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="qualitythreshold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("metric__in", ["referential_integrity", "schema_compliance", "archival_progress"]), ("warning__lte", models.F("healthy"))
                    ),
                    models.Q(
                        ("metric__in", ["orphaned_references", "cross_group_violations", "missing_groups", "malformed_properties"]),
                        ("warning__gte", models.F("healthy")),
                    ),
                    _connector="OR",
                ),
                name="quality_threshold_warning_is_beyond_healthy",
                violation_error_message="The last warning lies beyond the last healthy value: below it for scores, above it for counts.",
            ),
        ),
        migrations.AddConstraint(
            model_name="repairedrow",
            constraint=models.UniqueConstraint(fields=("run", "finding"), name="repaired_row_is_one_a_run"),
        ),
        migrations.AddConstraint(
            model_name="weeklyreport",
            constraint=models.UniqueConstraint(fields=("week", "group"), name="weekly_report_is_one_a_week", nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name="weeklyreport",
            constraint=models.CheckConstraint(condition=models.Q(("week__iso_week_day", 1)), name="weekly_report_week_is_a_monday"),
        ),
        migrations.AddConstraint(
            model_name="weeklyreport",
            constraint=models.CheckConstraint(
                condition=models.Q(("standing__in", ["critical", "healthy", "warning"])), name="weekly_report_standing_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="weeklyreport",
            constraint=models.CheckConstraint(
                condition=models.Q(django.db.models.lookups.Exact(ontology.models.constraints.JsonType("body"), models.Value("object"))),
                name="weekly_report_body_is_object",
            ),
        ),
        migrations.RunSQL(sql_file("0015_quality"), migrations.RunSQL.noop),
        migrations.RunPython(_grant, migrations.RunPython.noop),
    ]
