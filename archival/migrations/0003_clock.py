"""The daily tasks of the archive."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TASKS = (
    ("Archive old events", "archival.maintenance_daily", "0", "3", "Daily at 03:00 UTC: moves what is due, and ends what has expired."),
    ("Verify the archive", "archival.maintenance_verify", "30", "4", "Daily at 04:30 UTC: reads a sample of objects back, and adds up the ledger."),
)


def _schedule(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    crontabs, tasks = apps.get_model("django_celery_beat", "CrontabSchedule"), apps.get_model("django_celery_beat", "PeriodicTask")
    for name, task, minute, hour, description in TASKS:
        daily, _ = crontabs.objects.get_or_create(minute=minute, hour=hour, day_of_week="*", day_of_month="*", month_of_year="*", timezone="UTC")
        tasks.objects.get_or_create(name=name, defaults={"task": task, "crontab": daily, "queue": "maintenance", "description": description})


class Migration(migrations.Migration):
    dependencies = [("archival", "0002_moving"), ("django_celery_beat", "0019_alter_periodictasks_options")]

    operations = [migrations.RunPython(_schedule, migrations.RunPython.noop)]
