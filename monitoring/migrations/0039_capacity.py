"""The days that capacity is planned by, and the clock for them."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from monitoring.migrations.sql import PATIENCE


def _schedule(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    crontabs, tasks = apps.get_model("django_celery_beat", "CrontabSchedule"), apps.get_model("django_celery_beat", "PeriodicTask")
    nightly, _ = crontabs.objects.get_or_create(minute="45", hour="1", day_of_week="*", day_of_month="*", month_of_year="*", timezone="UTC")
    told = {
        "task": "monitoring.plan_capacity",
        "crontab": nightly,
        "queue": "maintenance",
        "description": "Daily at 01:45 UTC: what grows, and when it is too much.",
    }
    tasks.objects.get_or_create(name="Capacity: daily", defaults=told)


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0038_changes"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.CreateModel(
            name="CapacityDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                (
                    "metric",
                    models.CharField(
                        choices=[
                            ("database_bytes", "Database"),
                            ("table_bytes", "Tables"),
                            ("index_bytes", "Indexes"),
                            ("event_rows", "Events not archived"),
                            ("thing_rows", "Things"),
                            ("connection_rows", "Connections"),
                            ("knowledge_rows", "Knowledge"),
                            ("statements_peak", "Statements a second, busiest minute"),
                            ("requests_peak", "Requests a second, busiest hour"),
                            ("sessions_peak", "Sessions, most at once"),
                            ("busy_peak", "Sessions at work, busiest minute"),
                            ("cache_hit", "Found in memory"),
                        ],
                        max_length=30,
                    ),
                ),
                ("value", models.FloatField()),
            ],
            options={
                "ordering": ("metric", "day"),
                "constraints": [
                    models.UniqueConstraint(fields=("metric", "day"), name="capacity_day_is_one"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "metric__in",
                                [
                                    "busy_peak",
                                    "cache_hit",
                                    "connection_rows",
                                    "database_bytes",
                                    "event_rows",
                                    "index_bytes",
                                    "knowledge_rows",
                                    "requests_peak",
                                    "sessions_peak",
                                    "statements_peak",
                                    "table_bytes",
                                    "thing_rows",
                                ],
                            )
                        ),
                        name="capacity_day_metric_is_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("value__gte", 0)), name="capacity_day_value_is_not_negative"),
                ],
            },
        ),
        migrations.RunPython(_schedule, migrations.RunPython.noop),
    ]
