"""What runs wrote, row by row, so that it can be taken back."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import ontology.ids
import ontology.models.constraints
from ontology.migrations.sql import PATIENCE, sql_file


class Migration(migrations.Migration):
    """Two tables, and the one way by which undoing removes events."""

    dependencies = [
        ("ontology", "0016_run_rules_valid"),
    ]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.CreateModel(
            name="RunKept",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("thing", "Thing"), ("connection", "Connection"), ("event", "Event"), ("knowledge", "Knowledge")], max_length=20
                    ),
                ),
                ("row_id", models.UUIDField()),
                ("row", models.JSONField()),
                (
                    "group",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="ontology.group"
                    ),
                ),
                ("run", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="kept", to="ontology.run")),
            ],
            options={
                "ordering": ("run", "id"),
                "constraints": [models.UniqueConstraint(fields=("run", "kind", "row_id"), name="run_keeps_a_row_once")],
            },
        ),
        migrations.CreateModel(
            name="RunWrite",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("thing", "Thing"), ("connection", "Connection"), ("event", "Event"), ("knowledge", "Knowledge")], max_length=20
                    ),
                ),
                ("act", models.CharField(choices=[("created", "Created"), ("updated", "Updated"), ("removed", "Removed")], max_length=10)),
                ("ids", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("events", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ("at", models.DateTimeField(db_default=ontology.models.constraints.ClockNow(), editable=False)),
                (
                    "group",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="ontology.group"
                    ),
                ),
                ("run", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="writes", to="ontology.run")),
            ],
            options={
                "ordering": ("run", "id"),
                "indexes": [models.Index(fields=["run", "id"], name="run_write_of_run")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["connection", "event", "knowledge", "thing"])), name="run_write_kind_is_known"
                    ),
                    models.CheckConstraint(condition=models.Q(("act__in", ["created", "removed", "updated"])), name="run_write_act_is_known"),
                ],
            },
        ),
        migrations.RunSQL(sql_file("0020_run_writes"), sql_file("0020_run_writes_reverse")),
    ]
