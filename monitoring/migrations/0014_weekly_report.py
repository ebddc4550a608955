"""The weekly report, on Mondays."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def _schedule(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    crontabs, tasks = apps.get_model("django_celery_beat", "CrontabSchedule"), apps.get_model("django_celery_beat", "PeriodicTask")
    monday, _ = crontabs.objects.get_or_create(minute="15", hour="6", day_of_week="1", day_of_month="*", month_of_year="*", timezone="UTC")
    fields = {
        "task": "monitoring.send_report",
        "crontab": monday,
        "queue": "maintenance",
        "description": "Mondays at 06:15 UTC: the week before, to the channels that want it.",
    }
    tasks.objects.get_or_create(name="Send the weekly report", defaults=fields)


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0013_seal_begins"), ("django_celery_beat", "0019_alter_periodictasks_options")]

    operations = [migrations.RunPython(_schedule, migrations.RunPython.noop)]
