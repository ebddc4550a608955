"""The daily tasks that forget the kept answers of requests, ended sessions and old sign-ins."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def _schedule(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    crontabs, tasks = apps.get_model("django_celery_beat", "CrontabSchedule"), apps.get_model("django_celery_beat", "PeriodicTask")
    daily, _ = crontabs.objects.get_or_create(minute="40", hour="0", day_of_week="*", day_of_month="*", month_of_year="*", timezone="UTC")
    for name, task in (("Forget kept answers of the API", "expire_idempotency_keys"), ("Forget ended sessions and old sign-ins", "forget_sign_ins")):
        tasks.objects.get_or_create(
            name=name, defaults={"task": f"ontology.{task}", "crontab": daily, "queue": "maintenance", "description": "Daily at 00:40 UTC."}
        )


class Migration(migrations.Migration):
    """Schedules of expire_idempotency_keys and forget_sign_ins."""

    dependencies = [("ontology", "0010_token_bearer"), ("django_celery_beat", "0019_alter_periodictasks_options")]

    operations = [migrations.RunPython(_schedule, migrations.RunPython.noop)]
