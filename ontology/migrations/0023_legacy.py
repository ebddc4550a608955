"""What migration knows of legacy rows, and quarantine."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import ontology.ids
import ontology.models.constraints
from ontology.migrations.sql import PATIENCE, sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("ontology", "0029_cold_keys"),
    ]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.CreateModel(
            name="LegacyRow",
            fields=[
                ("pk", models.CompositePrimaryKey("kind", "row_id", blank=True, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("group", "Group"),
                            ("thing", "Thing"),
                            ("connection", "Connection"),
                            ("event", "Event"),
                            ("knowledge", "Knowledge"),
                            ("link", "Knowledge link"),
                        ],
                        max_length=20,
                    ),
                ),
                ("row_id", models.UUIDField()),
                ("old_id", models.CharField(blank=True, max_length=500, null=True)),
                ("digest", models.BinaryField(null=True)),
                ("own_group", models.UUIDField(blank=True, null=True)),
                ("moment", models.DateTimeField()),
                ("told", models.JSONField(db_default={}, default=dict)),
                ("to_group", models.UUIDField(blank=True, null=True)),
                ("decision", models.CharField(blank=True, db_default="", default="", max_length=30)),
                ("round", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("cleared", models.PositiveSmallIntegerField(db_default=0, default=0, help_text="References of the row that were cleared.")),
                ("findings", models.JSONField(db_default=[], default=list)),
            ],
        ),
        migrations.CreateModel(
            name="QuarantinedRow",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("kind", models.CharField(max_length=100)),
                ("row_id", models.UUIDField(blank=True, null=True)),
                ("reason", models.CharField(max_length=50)),
                ("document", models.JSONField(blank=True, null=True)),
                ("text", models.TextField(blank=True, db_default="", default="")),
                ("place", models.CharField(blank=True, db_default="", default="", max_length=300)),
                ("digest", models.BinaryField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("released", "Repaired and released"), ("discarded", "Discarded")],
                        db_default="open",
                        default="open",
                        max_length=10,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decision", models.TextField(blank=True, db_default="", default="")),
                ("quarantined_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("run", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="ontology.run")),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.AddConstraint(
            model_name="legacyrow",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["connection", "event", "group", "knowledge", "link", "thing"])), name="legacy_row_kind_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="legacyrow",
            constraint=models.UniqueConstraint(fields=("kind", "old_id"), name="legacy_row_is_loaded_once"),
        ),
        migrations.AddConstraint(
            model_name="legacyrow",
            constraint=models.CheckConstraint(
                condition=models.Q(django.db.models.lookups.Exact(ontology.models.constraints.JsonType("told"), models.Value("object"))),
                name="legacy_row_told_is_object",
            ),
        ),
        migrations.AddIndex(
            model_name="quarantinedrow",
            index=models.Index(fields=["state", "reason", "-id"], name="quarantined_row_by_reason"),
        ),
        migrations.AddConstraint(
            model_name="quarantinedrow",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["discarded", "open", "released"])), name="quarantined_row_state_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="quarantinedrow",
            constraint=models.UniqueConstraint(fields=("digest",), name="quarantined_row_is_kept_once"),
        ),
        migrations.AddConstraint(
            model_name="quarantinedrow",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "open"), ("decided_at__isnull", False), _connector="OR"), name="quarantined_row_decided_when"
            ),
        ),
        migrations.RunSQL(sql_file("0023_legacy"), sql_file("0023_legacy_reverse")),
    ]
