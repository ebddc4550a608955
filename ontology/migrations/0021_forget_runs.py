"""The daily task that forgets files of imports and the record of what runs wrote, once nobody needs them."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def _schedule(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    crontabs, tasks = apps.get_model("django_celery_beat", "CrontabSchedule"), apps.get_model("django_celery_beat", "PeriodicTask")
    daily, _ = crontabs.objects.get_or_create(minute="45", hour="0", day_of_week="*", day_of_month="*", month_of_year="*", timezone="UTC")
    tasks.objects.get_or_create(
        name="Forget what runs no longer need",
        defaults={
            "task": "ontology.forget_runs",
            "crontab": daily,
            "queue": "maintenance",
            "description": "Daily at 00:45 UTC: files of imports and what runs wrote, 30 days after their end.",
        },
    )


class Migration(migrations.Migration):
    """A row of the clock."""

    dependencies = [("ontology", "0019_nearest"), ("django_celery_beat", "0019_alter_periodictasks_options")]

    operations = [migrations.RunPython(_schedule, migrations.RunPython.noop)]
