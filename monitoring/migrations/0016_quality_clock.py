"""The clock's checks of the data."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TASKS = (
    ("Check the data, quickly", "monitoring.check_hourly", "0", "*", "*", "Every hour: the critical checks, and an alert where one finds anything."),
    (
        "Check the data, whole",
        "monitoring.check_daily",
        "0",
        "2",
        "*",
        "Daily at 02:00 UTC: every check, the metrics, a snapshot of each group and of all.",
    ),
    ("Report on the week", "monitoring.report_weekly", "0", "6", "1", "Mondays at 06:00 UTC: the trend of the week before, and a report."),
)


def _schedule(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    crontabs, tasks = apps.get_model("django_celery_beat", "CrontabSchedule"), apps.get_model("django_celery_beat", "PeriodicTask")
    for name, task, minute, hour, weekday, description in TASKS:
        at, _ = crontabs.objects.get_or_create(minute=minute, hour=hour, day_of_week=weekday, day_of_month="*", month_of_year="*", timezone="UTC")
        tasks.objects.get_or_create(name=name, defaults={"task": task, "crontab": at, "queue": "maintenance", "description": description})


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0015_quality"), ("django_celery_beat", "0019_alter_periodictasks_options")]

    operations = [migrations.RunPython(_schedule, migrations.RunPython.noop)]
