"""Signs of life of processes and jobs, and the tasks of the clock."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from ontology.migrations.sql import PATIENCE

SEND_SECONDS = 10


def _schedule(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    intervals, tasks = apps.get_model("django_celery_beat", "IntervalSchedule"), apps.get_model("django_celery_beat", "PeriodicTask")
    often, _ = intervals.objects.get_or_create(every=SEND_SECONDS, period="seconds")
    minutely, _ = intervals.objects.get_or_create(every=1, period="minutes")
    for name, task, interval, seconds, description in (
        ("Send messages of alerts", "send_deliveries", often, SEND_SECONDS, "Every 10 seconds: what is due, also what could not be sent before."),
        ("Settle alerts", "settle_alerts", minutely, 60, "Every minute: ends what has been healthy for long enough, and ended snoozes."),
    ):
        fields = {"task": f"monitoring.{task}", "interval": interval, "expire_seconds": seconds, "queue": "maintenance", "description": description}
        tasks.objects.get_or_create(name=name, defaults=fields)


class Migration(migrations.Migration):
    dependencies = [
        ("django_celery_beat", "0019_alter_periodictasks_options"),
        ("monitoring", "0001_alerts"),
    ]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=50)),
                ("since", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("kind",),
                "constraints": [models.UniqueConstraint(fields=("kind",), name="heartbeat_kind_is_one")],
            },
        ),
        migrations.CreateModel(
            name="JobRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("task", models.CharField(max_length=200)),
                ("known_since", models.DateTimeField()),
                ("succeeded_at", models.DateTimeField(blank=True, null=True)),
                ("failed_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.CharField(blank=True, default="", max_length=200)),
            ],
            options={
                "ordering": ("task",),
                "constraints": [models.UniqueConstraint(fields=("task",), name="job_record_task_is_one")],
            },
        ),
        migrations.RunPython(_schedule, migrations.RunPython.noop),
    ]
