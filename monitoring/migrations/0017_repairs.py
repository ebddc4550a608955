"""Repairs of rows that break a rule, and their undoing, for jobs alone."""

from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from monitoring.database_roles import repairs_grant
from monitoring.migrations.sql import sql_file
from ontology.migrations.sql import PATIENCE


def _grant(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    repairs_grant(schema_editor.connection, worker=settings.DATABASE_ROLES["worker"])


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0016_quality_clock"), ("ontology", "0028_event_ledger_begins")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.RunSQL(sql_file("0017_repairs"), sql_file("0017_repairs_reverse")),
        migrations.RunPython(_grant, migrations.RunPython.noop),
    ]
