"""The audit seal: what each statement did to events, and the chain of what was sealed."""

import django.contrib.postgres.fields
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from monitoring.database_roles import roles_grant
from monitoring.migrations.sql import sql_file
from ontology.migrations.sql import PATIENCE


def _grant(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    roles = settings.DATABASE_ROLES
    roles_grant(schema_editor.connection, app=roles["app"], worker=roles["worker"])


def _schedule(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    intervals, crontabs = apps.get_model("django_celery_beat", "IntervalSchedule"), apps.get_model("django_celery_beat", "CrontabSchedule")
    tasks = apps.get_model("django_celery_beat", "PeriodicTask")
    minutely, _ = intervals.objects.get_or_create(every=1, period="minutes")
    every = {"day_of_week": "*", "day_of_month": "*", "month_of_year": "*", "timezone": "UTC"}
    daily, _ = crontabs.objects.get_or_create(minute="15", hour="5", **every)
    for name, task, schedule, description in (
        ("Seal the audit trail", "seal_events", {"interval": minutely, "expire_seconds": 60}, "Every minute."),
        ("Verify the audit seal", "verify_seal", {"crontab": daily}, "Daily at 05:15 UTC: hot events one by one, archived ones by their counts."),
    ):
        tasks.objects.get_or_create(
            name=name, defaults={"task": f"monitoring.{task}", "queue": "maintenance", "description": description, **schedule}
        )


class Migration(migrations.Migration):
    dependencies = [
        ("django_celery_beat", "0019_alter_periodictasks_options"),
        ("archival", "0004_cold_keys"),
        ("monitoring", "0010_watching"),
    ]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("hash", models.CharField(max_length=64)),
                ("key", models.CharField(max_length=500)),
                ("events", models.PositiveIntegerField()),
                ("sealed_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("-number",),
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="seal_number_counts_from_1"),
                    models.CheckConstraint(condition=models.Q(("hash__regex", "^[0-9a-f]{64}$")), name="seal_hash_is_sha256"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SealEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("act", models.CharField(max_length=10)),
                ("decision", models.CharField(blank=True, max_length=20)),
                ("made_at", models.DateTimeField()),
                ("ids", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("id",),
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("act__in", ["added", "changed", "removed"])), name="seal_entry_act_is_known")
                ],
            },
        ),
        migrations.RunPython(_grant, migrations.RunPython.noop),
        migrations.RunSQL(sql_file("0012_seal"), sql_file("0012_seal_reverse")),
        migrations.RunPython(_schedule, migrations.RunPython.noop),
    ]
