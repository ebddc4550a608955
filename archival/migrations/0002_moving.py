"""How events leave and come back, and what a manifest may become."""

from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from archival.database_roles import roles_grant
from archival.migrations.sql import sql_file
from ontology.migrations.sql import PATIENCE


def _grant(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    roles = settings.DATABASE_ROLES
    roles_grant(schema_editor.connection, app=roles["app"], worker=roles["worker"])


class Migration(migrations.Migration):
    dependencies = [("archival", "0001_batches"), ("ontology", "0028_event_ledger_begins")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.RunSQL(sql_file("0002_moving"), sql_file("0002_moving_reverse")),
        migrations.RunPython(_grant, migrations.RunPython.noop),
    ]
