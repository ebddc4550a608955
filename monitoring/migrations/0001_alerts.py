"""Alerts, who is told of them, and the outbox of what is told."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.lookups
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import ontology.ids
import ontology.models.constraints
from monitoring.database_roles import roles_grant
from monitoring.migrations.sql import sql_file
from ontology.migrations.sql import PATIENCE


def _first_channel(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Until staff make others, alerts are told in the worker's log."""
    apps.get_model("monitoring", "Channel").objects.get_or_create(name="Log", defaults={"kind": "log", "min_severity": "info"})


def _grant(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    roles = settings.DATABASE_ROLES
    roles_grant(schema_editor.connection, app=roles["app"], worker=roles["worker"])


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("ontology", "0025_legacy_valid"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("name", models.CharField(max_length=100)),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("data_quality", "Data quality"),
                            ("database", "Database"),
                            ("quotas", "Quotas"),
                            ("clock", "Scheduled jobs"),
                            ("audit", "Audit trail"),
                        ],
                        default="data_quality",
                        max_length=20,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("recovering", "Healthy, not yet for long"), ("resolved", "Resolved")],
                        default="open",
                        max_length=10,
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        choices=[("info", "Information"), ("warning", "Warning"), ("critical", "Critical"), ("emergency", "Emergency")], max_length=10
                    ),
                ),
                (
                    "told_severity",
                    models.CharField(
                        choices=[("info", "Information"), ("warning", "Warning"), ("critical", "Critical"), ("emergency", "Emergency")], max_length=10
                    ),
                ),
                ("summary", models.CharField(max_length=500)),
                ("value", models.FloatField(blank=True, null=True)),
                ("threshold", models.FloatField(blank=True, null=True)),
                ("details", models.JSONField(blank=True, default=dict)),
                ("opened_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("times_seen", models.PositiveIntegerField(default=1)),
                ("healthy_since", models.DateTimeField(blank=True, null=True)),
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
                        related_name="alerts",
                        to="ontology.group",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="alerts_owned", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
                "permissions": (("work_on_alert", "Can acknowledge, assign and snooze alerts, and redeliver messages"),),
            },
        ),
        migrations.CreateModel(
            name="Channel",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("quiet_from", models.TimeField(blank=True, null=True)),
                ("quiet_until", models.TimeField(blank=True, null=True)),
                ("time_zone", models.CharField(default="UTC", max_length=50)),
                (
                    "quiet_passes",
                    models.CharField(
                        choices=[("info", "Information"), ("warning", "Warning"), ("critical", "Critical"), ("emergency", "Emergency")],
                        default="critical",
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("log", "Log of the worker"),
                            ("email", "E-mail"),
                            ("slack", "Slack webhook"),
                            ("pagerduty", "PagerDuty"),
                            ("webhook", "Signed webhook"),
                        ],
                        max_length=10,
                    ),
                ),
                ("enabled", models.BooleanField(default=True)),
                (
                    "covers",
                    models.CharField(
                        choices=[
                            ("all", "The platform and every group"),
                            ("platform", "The platform alone"),
                            ("group", "One group and all below it"),
                        ],
                        default="all",
                        max_length=10,
                    ),
                ),
                (
                    "min_severity",
                    models.CharField(
                        choices=[("info", "Information"), ("warning", "Warning"), ("critical", "Critical"), ("emergency", "Emergency")],
                        default="warning",
                        max_length=10,
                    ),
                ),
                ("categories", models.JSONField(blank=True, default=list)),
                ("reports", models.BooleanField(default=False)),
                ("address", models.TextField(blank=True, default="")),
                ("secret", models.BinaryField(null=True)),
                ("secret_before", models.BinaryField(null=True)),
                ("secret_before_until", models.DateTimeField(blank=True, null=True)),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="channels",
                        to="ontology.group",
                    ),
                ),
            ],
            options={
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "change",
                    models.CharField(
                        choices=[
                            ("opened", "Opened"),
                            ("escalated", "Escalated"),
                            ("acknowledged", "Acknowledged"),
                            ("assigned", "Assigned"),
                            ("snoozed", "Snoozed"),
                            ("reminded", "Still open"),
                            ("resolved", "Resolved"),
                            ("test", "Test"),
                            ("report", "Weekly report"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        choices=[("info", "Information"), ("warning", "Warning"), ("critical", "Critical"), ("emergency", "Emergency")], max_length=10
                    ),
                ),
                ("message", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("held", "Held for quiet hours"), ("sent", "Sent"), ("failed", "Given up")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("due_at", models.DateTimeField()),
                ("claimed_until", models.DateTimeField(blank=True, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("answer_status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("answer", models.TextField(blank=True, default="")),
                (
                    "alert",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="monitoring.alert",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="monitoring.channel"
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
                        related_name="+",
                        to="ontology.group",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "deliveries",
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("began_at", models.DateTimeField()),
                ("took_ms", models.PositiveIntegerField()),
                ("succeeded", models.BooleanField()),
                ("answer_status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("answer", models.TextField(blank=True, default="")),
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
                ("delivery", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="tries", to="monitoring.delivery")),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="PersonHours",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("quiet_from", models.TimeField(blank=True, null=True)),
                ("quiet_until", models.TimeField(blank=True, null=True)),
                ("time_zone", models.CharField(default="UTC", max_length=50)),
                (
                    "quiet_passes",
                    models.CharField(
                        choices=[("info", "Information"), ("warning", "Warning"), ("critical", "Critical"), ("emergency", "Emergency")],
                        default="critical",
                        max_length=10,
                    ),
                ),
                (
                    "person",
                    models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="quiet_hours", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "verbose_name": "quiet hours of a person",
                "verbose_name_plural": "quiet hours of people",
                "ordering": ("person",),
            },
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(models.F("group"), models.OrderBy(models.F("opened_at"), descending=True), name="alert_latest_of_group"),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(models.OrderBy(models.F("opened_at"), descending=True), name="alert_latest"),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "resolved"), _negated=True),
                fields=("name", "group"),
                name="alert_episode_is_one_at_a_time",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(condition=models.Q(("state__in", ["open", "recovering", "resolved"])), name="alert_state_is_known"),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(("severity__in", ["critical", "emergency", "info", "warning"])), name="alert_severity_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(("told_severity__in", ["critical", "emergency", "info", "warning"])), name="alert_told_severity_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(("category__in", ["audit", "clock", "data_quality", "database", "quotas"])), name="alert_category_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(django.db.models.lookups.Exact(ontology.models.constraints.JsonType("details"), models.Value("object"))),
                name="alert_details_is_object",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "resolved"), ("resolved_at__isnull", True), _connector="XOR"), name="alert_resolved_has_a_moment"
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "recovering"), _negated=True), ("healthy_since__isnull", False), _connector="OR"),
                name="alert_recovering_since_a_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.UniqueConstraint(fields=("name",), name="channel_name_is_unique"),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["email", "log", "pagerduty", "slack", "webhook"])), name="channel_kind_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(condition=models.Q(("covers__in", ["all", "group", "platform"])), name="channel_covers_is_known"),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(("min_severity__in", ["critical", "emergency", "info", "warning"])), name="channel_severity_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(("quiet_passes__in", ["critical", "emergency", "info", "warning"])), name="channel_quiet_passes_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(django.db.models.lookups.Exact(ontology.models.constraints.JsonType("categories"), models.Value("array"))),
                name="channel_categories_is_list",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(("covers", "group"), ("group__isnull", True), _connector="XOR"), name="channel_of_a_group_names_it"
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("quiet_from__isnull", True), ("quiet_until__isnull", True)),
                    models.Q(("quiet_from__isnull", False), ("quiet_until__isnull", False)),
                    _connector="OR",
                ),
                name="channel_quiet_hours_are_both_or_none",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(condition=models.Q(("state__in", ("waiting", "held"))), fields=["due_at"], name="delivery_due"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(models.F("alert"), models.OrderBy(models.F("id"), descending=True), name="delivery_of_alert"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["failed", "held", "sent", "waiting"])), name="delivery_state_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("change__in", ["acknowledged", "assigned", "escalated", "opened", "reminded", "report", "resolved", "snoozed", "test"])
                ),
                name="delivery_change_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(("severity__in", ["critical", "emergency", "info", "warning"])), name="delivery_severity_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(django.db.models.lookups.Exact(ontology.models.constraints.JsonType("message"), models.Value("object"))),
                name="delivery_message_is_object",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__isnull", True), ("person__isnull", True), _connector="XOR"), name="delivery_is_to_a_channel_or_a_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "sent"), ("sent_at__isnull", True), _connector="XOR"), name="delivery_sent_has_a_moment"
            ),
        ),
        migrations.AddConstraint(
            model_name="personhours",
            constraint=models.CheckConstraint(
                condition=models.Q(("quiet_passes__in", ["critical", "emergency", "info", "warning"])), name="person_quiet_passes_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="personhours",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("quiet_from__isnull", True), ("quiet_until__isnull", True)),
                    models.Q(("quiet_from__isnull", False), ("quiet_until__isnull", False)),
                    _connector="OR",
                ),
                name="person_quiet_hours_are_both_or_none",
            ),
        ),
        migrations.RunSQL(sql_file("0001_isolation"), migrations.RunSQL.noop),
        migrations.RunPython(_grant, migrations.RunPython.noop),
        migrations.RunPython(_first_channel, migrations.RunPython.noop),
    ]
