"""The first partitions of events, and the daily task that keeps making them."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def _schedule(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    crontabs, tasks = apps.get_model("django_celery_beat", "CrontabSchedule"), apps.get_model("django_celery_beat", "PeriodicTask")
    daily, _ = crontabs.objects.get_or_create(minute="30", hour="0", day_of_week="*", day_of_month="*", month_of_year="*", timezone="UTC")
    tasks.objects.get_or_create(
        name="Make event partitions ahead",
        defaults={"task": "ontology.make_partitions", "crontab": daily, "queue": "maintenance", "description": "Daily at 00:30 UTC."},
    )


class Migration(migrations.Migration):
    """Partitions of four months, and their task."""

    dependencies = [("ontology", "0003_catalogue"), ("django_celery_beat", "0019_alter_periodictasks_options")]

    operations = [
        migrations.RunSQL(
            "SELECT ontology_event_partition_make(now() + n * interval '1 month') FROM generate_series(0, 3) AS n", migrations.RunSQL.noop
        ),
        migrations.RunPython(_schedule, migrations.RunPython.noop),
    ]
