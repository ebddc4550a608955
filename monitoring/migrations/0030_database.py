"""Samples of the database, slow statements by day, maintenance and reports, and the clock for them."""

import django.db.models.functions.datetime
import django.db.models.lookups
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from psycopg import sql

import ontology.models.constraints
from monitoring.migrations.sql import PATIENCE, sql_file

CLOCK = (
    ("Sample the database", "monitoring.sample_database", None, "Every minute: statements, sessions, and what is worth an alert."),
    ("Database: daily", "monitoring.database_daily", ("15", "1", "*", "*"), "Daily at 01:15 UTC: sizes, statistics, indexes."),
    ("Database: weekly", "monitoring.database_weekly", ("30", "5", "0", "*"), "Sundays at 05:30 UTC: vacuum, bloated indexes, report on indexes."),
    (
        "Database: monthly",
        "monitoring.database_monthly",
        ("0", "2", "*", "1"),
        "On the 1st at 02:00 UTC: rewriting of tables where switched on, report.",
    ),
)


def _schedule(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    crontabs, tasks = apps.get_model("django_celery_beat", "CrontabSchedule"), apps.get_model("django_celery_beat", "PeriodicTask")
    minute, _ = apps.get_model("django_celery_beat", "IntervalSchedule").objects.get_or_create(every=1, period="minutes")
    for name, task, when, description in CLOCK:
        told = {"task": task, "queue": "maintenance", "description": description}
        if when is None:
            told["interval"] = minute
        else:
            fields = dict(zip(("minute", "hour", "day_of_week", "day_of_month"), when, strict=True))
            told["crontab"], _ = crontabs.objects.get_or_create(**fields, month_of_year="*", timezone="UTC")
        tasks.objects.get_or_create(name=name, defaults=told)


def _grant(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The role of jobs may keep tables in shape; that gives it no row to read."""
    connection: BaseDatabaseWrapper = schema_editor.connection
    roles = settings.DATABASE_ROLES
    with connection.cursor() as cursor:
        for role in {roles["worker"]} - {connection.settings_dict["USER"]}:
            cursor.execute(sql.SQL("GRANT MAINTAIN ON ALL TABLES IN SCHEMA public TO {}").format(sql.Identifier(role)))
            cursor.execute(sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT MAINTAIN ON TABLES TO {}").format(sql.Identifier(role)))
        for role in {roles["app"], roles["worker"]} - {connection.settings_dict["USER"]}:
            cursor.execute(sql.SQL("REVOKE INSERT, UPDATE, DELETE ON monitoring_slowstatement FROM {}").format(sql.Identifier(role)))


class Migration(migrations.Migration):
    dependencies = [
        ("django_celery_beat", "0019_alter_periodictasks_options"),
        ("monitoring", "0017_repairs"),
        ("ontology", "0038_spare_indexes"),
    ]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.SeparateDatabaseAndState(  # its table is made below, partitioned
            state_operations=[
                migrations.CreateModel(
                    name="SlowStatement",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("at", models.DateTimeField()),
                        ("duration_ms", models.FloatField()),
                        (
                            "level",
                            models.CharField(choices=[("warning", "Slow"), ("critical", "Very slow"), ("emergency", "Far too slow")], max_length=10),
                        ),
                        ("text", models.TextField()),
                        ("caller", models.CharField(max_length=200)),
                        ("group_slug", models.CharField(blank=True, max_length=100)),
                    ],
                    options={
                        "ordering": ("-at",),
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("query_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("text", models.TextField()),
                ("first_seen_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("seen_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="DatabaseReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("content", models.JSONField(default=dict)),
            ],
            options={
                "ordering": ("-made_at",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(django.db.models.lookups.Exact(ontology.models.constraints.JsonType("content"), models.Value("object"))),
                        name="database_report_content_is_object",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DatabaseSample",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("taken_at", models.DateTimeField(unique=True)),
                ("seconds", models.FloatField(null=True)),
                ("connections", models.PositiveIntegerField()),
                ("active", models.PositiveIntegerField()),
                ("idle_in_transaction", models.PositiveIntegerField()),
                ("connections_max", models.PositiveIntegerField()),
                ("oldest_idle_seconds", models.FloatField()),
                ("oldest_transaction_seconds", models.FloatField()),
                ("transactions", models.BigIntegerField(null=True)),
                ("rollbacks", models.BigIntegerField(null=True)),
                ("blocks_hit", models.BigIntegerField(null=True)),
                ("blocks_read", models.BigIntegerField(null=True)),
                ("deadlocks", models.BigIntegerField(null=True)),
                ("slow_statements", models.PositiveIntegerField(default=0)),
                ("size_bytes", models.BigIntegerField()),
                ("wraparound_percent", models.FloatField()),
                ("replication_lag_bytes", models.BigIntegerField(null=True)),
                ("raw", models.JSONField(default=dict)),
            ],
            options={
                "ordering": ("-taken_at",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(django.db.models.lookups.Exact(ontology.models.constraints.JsonType("raw"), models.Value("object"))),
                        name="database_sample_raw_is_object",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupCost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("group_slug", models.CharField(blank=True, max_length=100)),
                ("statements", models.BigIntegerField()),
                ("total_ms", models.FloatField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("day", "group_slug"), name="group_cost_is_one_a_day")],
            },
        ),
        migrations.CreateModel(
            name="Maintenance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("analyze", "Statistics"),
                            ("vacuum", "Vacuum"),
                            ("vacuum_full", "Rewriting of a table"),
                            ("reindex", "Rebuilding of an index"),
                        ],
                        max_length=20,
                    ),
                ),
                ("target", models.CharField(max_length=200)),
                ("started_at", models.DateTimeField()),
                ("took_ms", models.FloatField(null=True)),
                ("bytes_before", models.BigIntegerField()),
                ("bytes_after", models.BigIntegerField(null=True)),
                ("dead_before", models.BigIntegerField(null=True)),
                ("dead_after", models.BigIntegerField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        choices=[("done", "Done"), ("skipped", "Left alone"), ("busy", "Given up: in use"), ("failed", "Failed")], max_length=10
                    ),
                ),
                ("detail", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ("-started_at",),
                "indexes": [models.Index(models.OrderBy(models.F("started_at"), descending=True), name="maintenance_latest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["analyze", "reindex", "vacuum", "vacuum_full"])), name="maintenance_kind_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["busy", "done", "failed", "skipped"])), name="maintenance_outcome_is_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RelationSample",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("kind", models.CharField(choices=[("table", "Table"), ("index", "Index")], max_length=5)),
                ("name", models.CharField(max_length=200)),
                ("table", models.CharField(max_length=200)),
                ("size_bytes", models.BigIntegerField()),
                ("rows", models.BigIntegerField(null=True)),
                ("dead_rows", models.BigIntegerField(null=True)),
                ("scans", models.BigIntegerField()),
                ("rows_read", models.BigIntegerField()),
                ("stats_since", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("day", "kind", "name"), name="relation_sample_is_one_a_day"),
                    models.CheckConstraint(condition=models.Q(("kind__in", ["index", "table"])), name="relation_sample_kind_is_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RepeatedStatement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("caller", models.CharField(max_length=200)),
                ("fingerprint", models.CharField(max_length=32)),
                ("text", models.TextField()),
                ("times_max", models.PositiveIntegerField()),
                ("seen", models.PositiveIntegerField(default=1)),
                ("total_ms", models.FloatField()),
                ("first_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("last_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "ordering": ("-last_at",),
                "constraints": [models.UniqueConstraint(fields=("caller", "fingerprint"), name="repeated_statement_is_one")],
            },
        ),
        migrations.CreateModel(
            name="StatementCounter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("query_id", models.BigIntegerField()),
                ("user_oid", models.BigIntegerField()),
                ("toplevel", models.BooleanField()),
                ("since", models.DateTimeField()),
                ("calls", models.BigIntegerField()),
                ("total_ms", models.FloatField()),
                ("rows", models.BigIntegerField()),
                ("blocks_hit", models.BigIntegerField()),
                ("blocks_read", models.BigIntegerField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("query_id", "user_oid", "toplevel"), name="statement_counter_is_one")],
            },
        ),
        migrations.CreateModel(
            name="StatementSample",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("taken_at", models.DateTimeField()),
                ("seconds", models.PositiveIntegerField()),
                ("query_id", models.BigIntegerField()),
                ("calls", models.BigIntegerField()),
                ("total_ms", models.FloatField()),
                ("rows", models.BigIntegerField()),
                ("blocks_hit", models.BigIntegerField()),
                ("blocks_read", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(models.F("taken_at"), name="statement_sample_by_time"),
                    models.Index(models.F("query_id"), models.F("taken_at"), name="statement_sample_of_one"),
                ],
                "constraints": [models.CheckConstraint(condition=models.Q(("calls__gt", 0)), name="statement_sample_has_calls")],
            },
        ),
        migrations.RunSQL(sql_file("0030_database"), sql_file("0030_database_reverse")),
        migrations.RunPython(_grant, migrations.RunPython.noop),
        migrations.RunPython(_schedule, migrations.RunPython.noop),
    ]
