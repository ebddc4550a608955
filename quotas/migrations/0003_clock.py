"""The tasks of the clock: fold usage every few seconds, thresholds every minute, history every hour, a recount every night."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

FOLD_SECONDS = 5


def _schedule(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    intervals, crontabs = apps.get_model("django_celery_beat", "IntervalSchedule"), apps.get_model("django_celery_beat", "CrontabSchedule")
    tasks = apps.get_model("django_celery_beat", "PeriodicTask")
    often, _ = intervals.objects.get_or_create(every=FOLD_SECONDS, period="seconds")
    minutely, _ = intervals.objects.get_or_create(every=1, period="minutes")
    every = {"day_of_week": "*", "day_of_month": "*", "month_of_year": "*", "timezone": "UTC"}
    hourly, _ = crontabs.objects.get_or_create(minute="5", hour="*", **every)
    nightly, _ = crontabs.objects.get_or_create(minute="10", hour="2", **every)
    for name, task, schedule, description in (
        ("Fold usage", "fold_usage", {"interval": often, "expire_seconds": FOLD_SECONDS}, "Every 5 seconds: adds what writers without a limit left."),
        ("Check quota thresholds", "check_thresholds", {"interval": minutely, "expire_seconds": 60}, "Every minute."),
        ("Write the history of usage", "close_periods", {"crontab": hourly}, "Hourly at 5 minutes past."),
        ("Count usage anew", "recount_usage", {"crontab": nightly}, "Daily at 02:10 UTC; tells differences, mends nothing."),
    ):
        tasks.objects.get_or_create(name=name, defaults={"task": f"quotas.{task}", "queue": "maintenance", "description": description, **schedule})


class Migration(migrations.Migration):
    """Schedules."""

    dependencies = [("quotas", "0002_counting"), ("django_celery_beat", "0019_alter_periodictasks_options")]

    operations = [migrations.RunPython(_schedule, migrations.RunPython.noop)]
