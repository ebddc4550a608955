"""Custom metrics, and what metrics keep of events that have gone cold."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.lookups
from django.db import migrations, models

import ontology.ids
import ontology.models.constraints
import ontology.models.exact_number
from ontology.migrations.sql import PATIENCE, sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("ontology", "0020_run_writes"),
    ]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.CreateModel(
            name="CustomMetric",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("name", models.CharField(max_length=60)),
                ("title", models.CharField(max_length=120)),
                ("description", models.TextField(blank=True)),
                ("event_type", models.CharField(blank=True, default="", help_text="Blank: events of every type.", max_length=100)),
                ("conditions", models.JSONField(blank=True, default=list)),
                ("path", models.TextField(blank=True, default="", editable=False)),
                ("path_values", models.JSONField(blank=True, default=dict, editable=False)),
                (
                    "aggregate",
                    models.CharField(
                        choices=[
                            ("count", "How many"),
                            ("sum", "Sum of a number of their metadata"),
                            ("distinct_actors", "How many different actors"),
                        ],
                        default="count",
                        max_length=20,
                    ),
                ),
                ("sum_key", models.CharField(blank=True, default="", max_length=100)),
                ("window_days", models.PositiveIntegerField(blank=True, null=True)),
                ("unit", models.CharField(blank=True, default="", max_length=20)),
                ("active", models.BooleanField(default=True)),
                ("formula_since", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="custom_metrics", to="ontology.group"
                    ),
                ),
            ],
            options={
                "ordering": ("group", "name"),
            },
        ),
        migrations.CreateModel(
            name="CarriedMetric",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("batch", models.UUIDField()),
                ("count", models.PositiveBigIntegerField()),
                ("day", models.DateField()),
                ("amount", ontology.models.exact_number.ExactNumberField()),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="ontology.thing",
                    ),
                ),
                ("group", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ontology.group")),
                (
                    "metric",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ontology.custommetric"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CarriedEvents",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("batch", models.UUIDField()),
                ("count", models.PositiveBigIntegerField()),
                ("day", models.DateField()),
                ("type", models.CharField(max_length=100)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("revenue", ontology.models.exact_number.ExactNumberField()),
                ("carried_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="ontology.thing",
                    ),
                ),
                ("group", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ontology.group")),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(condition=models.Q(("actor__isnull", False)), fields=["group", "actor", "day"], name="carried_events_by_actor"),
                    models.Index(fields=["group", "type", "day"], name="carried_events_by_type"),
                    models.Index(fields=["group", "day"], name="carried_events_by_day"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("count__gte", 1)), name="carriedevents_counts_something"),
                    models.UniqueConstraint(
                        fields=("group", "batch", "day", "type", "actor", "first_at"), name="carried_events_are_carried_once", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("day", ontology.models.constraints.UtcDay("first_at")),
                            ("day", ontology.models.constraints.UtcDay("last_at")),
                            ("first_at__lte", models.F("last_at")),
                        ),
                        name="carried_events_lie_in_their_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CarriedTargets",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("batch", models.UUIDField()),
                ("count", models.PositiveBigIntegerField()),
                ("month", models.DateField(help_text="Its first day.")),
                ("type", models.CharField(max_length=100)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("revenue", ontology.models.exact_number.ExactNumberField()),
                ("group", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ontology.group")),
                (
                    "target",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="ontology.thing"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["group", "target", "month"], name="carried_targets_by_target")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("count__gte", 1)), name="carriedtargets_counts_something"),
                    models.UniqueConstraint(fields=("group", "batch", "month", "type", "target"), name="carried_targets_are_carried_once"),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="custommetric",
            constraint=models.UniqueConstraint(fields=("group", "id"), name="custom_metric_id_is_unique_in_group"),
        ),
        migrations.AddConstraint(
            model_name="custommetric",
            constraint=models.UniqueConstraint(fields=("group", "name"), name="custom_metric_name_is_unique_in_group"),
        ),
        migrations.AddConstraint(
            model_name="custommetric",
            constraint=models.CheckConstraint(condition=models.Q(("name__regex", "^[a-z][a-z0-9_]*$")), name="custom_metric_name_is_snake_case"),
        ),
        migrations.AddConstraint(
            model_name="custommetric",
            constraint=models.CheckConstraint(
                condition=models.Q(("aggregate__in", ["count", "distinct_actors", "sum"])), name="custom_metric_aggregate_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="custommetric",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("aggregate", "sum"), models.Q(("sum_key", ""), _negated=True)),
                    models.Q(models.Q(("aggregate", "sum"), _negated=True), ("sum_key", "")),
                    _connector="OR",
                ),
                name="custom_metric_sums_a_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="custommetric",
            constraint=models.CheckConstraint(
                condition=models.Q(("window_days__isnull", True), models.Q(("window_days__gte", 1), ("window_days__lte", 3660)), _connector="OR"),
                name="custom_metric_window_is_1_to_3660_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="custommetric",
            constraint=models.CheckConstraint(
                condition=models.Q(django.db.models.lookups.Exact(ontology.models.constraints.JsonType("conditions"), models.Value("array"))),
                name="custom_metric_conditions_is_list",
            ),
        ),
        migrations.AddConstraint(
            model_name="custommetric",
            constraint=models.CheckConstraint(
                condition=models.Q(django.db.models.lookups.Exact(ontology.models.constraints.JsonType("path_values"), models.Value("object"))),
                name="custom_metric_path_values_is_object",
            ),
        ),
        migrations.AddIndex(
            model_name="carriedmetric",
            index=models.Index(fields=["group", "metric", "day"], name="carried_metric_by_day"),
        ),
        migrations.AddConstraint(
            model_name="carriedmetric",
            constraint=models.CheckConstraint(condition=models.Q(("count__gte", 1)), name="carriedmetric_counts_something"),
        ),
        migrations.AddConstraint(
            model_name="carriedmetric",
            constraint=models.UniqueConstraint(
                fields=("group", "batch", "metric", "day", "actor"), name="carried_metric_is_carried_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="carriedmetric",
            constraint=ontology.models.constraints.CompositeKey(
                columns=("group_id", "metric_id"), name="carried_metric_in_group", to="ontology_custommetric", to_columns=("group_id", "id")
            ),
        ),
        migrations.RunSQL(sql_file("0017_carried"), sql_file("0017_carried_reverse")),
    ]
