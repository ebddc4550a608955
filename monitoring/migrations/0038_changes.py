"""Change requests with their decisions, reviews, and the hours of requests that reviews add up."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import ontology.ids
import ontology.models.constraints
from monitoring.migrations.sql import PATIENCE, sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0030_database"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.CreateModel(
            name="ChangeRequest",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("title", models.CharField(max_length=200)),
                ("what", models.TextField()),
                (
                    "risk",
                    models.CharField(
                        choices=[
                            ("low", "Low: taken back by a click"),
                            ("medium", "Medium: a restart, or minutes of stop"),
                            ("high", "High: rows of many groups, or no way back"),
                        ],
                        max_length=10,
                    ),
                ),
                ("is_emergency", models.BooleanField(default=False)),
                ("concerns", models.TextField(blank=True)),
                ("steps", models.TextField()),
                ("taken_back_by", models.TextField()),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("rehearsal", models.JSONField(blank=True, default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("asked", "Waiting for approval"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                            ("done", "Done"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True, choices=[("well", "Went well"), ("wrong", "Went wrong"), ("taken_back", "Taken back")], max_length=10
                    ),
                ),
                ("outcome_text", models.TextField(blank=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("asked_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "change request",
                "ordering": ("-id",),
                "permissions": (("decide_change", "Can approve and refuse changes that others ask for, and sign reviews"),),
            },
        ),
        migrations.CreateModel(
            name="ChangeDecision",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("verdict", models.CharField(choices=[("approved", "Approved"), ("refused", "Refused")], max_length=10)),
                ("reason", models.TextField()),
                ("person", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "request",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="decisions", to="monitoring.changerequest"
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="RequestHour",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hour", models.DateTimeField()),
                ("caller", models.CharField(max_length=200)),
                ("answered", models.BigIntegerField(default=0)),
                ("refused", models.BigIntegerField(default=0)),
                ("failed", models.BigIntegerField(default=0)),
                ("total_ms", models.FloatField(default=0)),
                ("buckets", models.JSONField(default=list)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("hour", "caller"), name="request_hour_is_one"),
                    models.CheckConstraint(
                        condition=models.Q(django.db.models.lookups.Exact(ontology.models.constraints.JsonType("buckets"), models.Value("array"))),
                        name="request_hour_buckets_is_array",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("kind", models.CharField(choices=[("daily", "Day"), ("weekly", "Week"), ("monthly", "Month")], max_length=10)),
                ("begins_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("body", models.JSONField(blank=True, default=dict)),
                ("incidents", models.TextField(blank=True)),
                ("went_well", models.TextField(blank=True)),
                ("decided", models.TextField(blank=True)),
                ("signed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "signed_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("-begins_on", "-id"),
            },
        ),
        migrations.AddConstraint(
            model_name="changerequest",
            constraint=models.CheckConstraint(condition=models.Q(("risk__in", ["high", "low", "medium"])), name="change_request_risk_is_known"),
        ),
        migrations.AddConstraint(
            model_name="changerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["approved", "asked", "done", "draft", "refused", "withdrawn"])),
                name="change_request_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="changerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["", "taken_back", "well", "wrong"])), name="change_request_outcome_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="changerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(django.db.models.lookups.Exact(ontology.models.constraints.JsonType("rehearsal"), models.Value("object"))),
                name="change_request_rehearsal_is_object",
            ),
        ),
        migrations.AddConstraint(
            model_name="changerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="change_request_window_has_an_end",
                violation_error_message="The window ends after it begins.",
            ),
        ),
        migrations.AddConstraint(
            model_name="changerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_at__isnull", False), ("state", "done"), models.Q(("outcome", ""), _negated=True)),
                    models.Q(models.Q(("state", "done"), _negated=True), ("done_at__isnull", True), ("outcome", "")),
                    _connector="OR",
                ),
                name="change_request_done_says_how_it_went",
            ),
        ),
        migrations.AddConstraint(
            model_name="changedecision",
            constraint=models.UniqueConstraint(fields=("request", "person"), name="change_decision_is_one_a_person"),
        ),
        migrations.AddConstraint(
            model_name="changedecision",
            constraint=models.CheckConstraint(condition=models.Q(("verdict__in", ["approved", "refused"])), name="change_decision_verdict_is_known"),
        ),
        migrations.AddConstraint(
            model_name="changedecision",
            constraint=models.CheckConstraint(condition=models.Q(("reason__regex", "\\S")), name="change_decision_has_reason"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.UniqueConstraint(fields=("kind", "begins_on"), name="review_is_one_a_time"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(condition=models.Q(("kind__in", ["daily", "monthly", "weekly"])), name="review_kind_is_known"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(django.db.models.lookups.Exact(ontology.models.constraints.JsonType("body"), models.Value("object"))),
                name="review_body_is_object",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(condition=models.Q(("ends_on__gt", models.F("begins_on"))), name="review_has_days"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("signed_at__isnull", True), ("signed_by__isnull", True)),
                    models.Q(
                        ("signed_at__isnull", False),
                        ("signed_by__isnull", False),
                        ("written_by__isnull", False),
                        models.Q(("signed_by", models.F("written_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="review_is_signed_by_another",
            ),
        ),
        migrations.RunSQL(sql_file("0038_changes"), sql_file("0038_changes_reverse")),
    ]
