"""Runs that are paused, cancelled, tuned and continued: their columns, log, samples of their rate, and notices to people."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import ontology.ids
from ontology.migrations.sql import PATIENCE, sql_file

SWEEP_SECONDS = 15


def _schedule(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    intervals, tasks = apps.get_model("django_celery_beat", "IntervalSchedule"), apps.get_model("django_celery_beat", "PeriodicTask")
    often, _ = intervals.objects.get_or_create(every=SWEEP_SECONDS, period="seconds")
    tasks.objects.get_or_create(
        name="Continue runs that were left",
        defaults={
            "task": "ontology.sweep_runs",
            "interval": often,
            "queue": "maintenance",
            "expire_seconds": SWEEP_SECONDS,
            "description": "Every 15 seconds: runs whose worker died, or whose message was lost, are handed to a worker again.",
        },
    )


class Migration(migrations.Migration):
    """Columns and tables; their rules follow in the next migrations."""

    dependencies = [("ontology", "0013_platform_group"), ("django_celery_beat", "0019_alter_periodictasks_options")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.AddField(
            model_name="run",
            name="attempts",
            field=models.PositiveSmallIntegerField(default=0, db_default=0, editable=False),
        ),
        migrations.AddField(
            model_name="run",
            name="batch_size",
            field=models.PositiveIntegerField(blank=True, help_text="Records of a chunk; blank: the kind's own.", null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="exclusive",
            field=models.CharField(blank=True, max_length=200, null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                null=True,
                db_index=False,
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="children",
                to="ontology.run",
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="queue",
            field=models.CharField(blank=True, default="", db_default="", max_length=50),
        ),
        migrations.AddField(
            model_name="run",
            name="queued_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="reserved",
            field=models.JSONField(blank=True, default=dict, db_default={}),
        ),
        migrations.AddField(
            model_name="run",
            name="result",
            field=models.JSONField(blank=True, default=dict, db_default={}),
        ),
        migrations.AddField(
            model_name="run",
            name="started_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="step",
            field=models.CharField(blank=True, default="", db_default="", max_length=100),
        ),
        migrations.AddField(
            model_name="run",
            name="task",
            field=models.CharField(blank=True, default="", db_default="", max_length=100),
        ),
        migrations.AddField(
            model_name="run",
            name="throttle_ms",
            field=models.PositiveIntegerField(default=0, db_default=0, help_text="Rest after each chunk, in milliseconds."),
        ),
        migrations.AddField(
            model_name="run",
            name="worker",
            field=models.CharField(blank=True, default="", db_default="", editable=False, max_length=100),
        ),
        migrations.AlterField(
            model_name="run",
            name="state",
            field=models.CharField(
                choices=[
                    ("new", "Waiting"),
                    ("running", "Running"),
                    ("pausing", "Pausing"),
                    ("paused", "Paused"),
                    ("cancelling", "Cancelling"),
                    ("cancelled", "Cancelled"),
                    ("interrupted", "Interrupted"),
                    ("failed", "Failed"),
                    ("succeeded", "Succeeded"),
                ],
                default="new",
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("text", models.TextField()),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                ("person", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="notices", to=settings.AUTH_USER_MODEL)),
                ("run", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="notices", to="ontology.run")),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="RunLine",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("level", models.CharField(choices=[("info", "Info"), ("warning", "Warning"), ("error", "Error")], default="info", max_length=10)),
                ("text", models.TextField()),
                ("run", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="ontology.run")),
            ],
            options={
                "ordering": ("run", "id"),
            },
        ),
        migrations.CreateModel(
            name="RunSample",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("done", models.PositiveBigIntegerField()),
                ("run", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="samples", to="ontology.run")),
            ],
            options={
                "ordering": ("run", "id"),
            },
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(condition=models.Q(("read_at__isnull", True)), fields=["person", "-id"], name="notice_unread"),
        ),
        migrations.RunSQL(sql_file("0014_runs"), sql_file("0014_runs_reverse")),
        migrations.RunPython(_schedule, migrations.RunPython.noop),
    ]
