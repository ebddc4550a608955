"""Keys of events stay in the database when the events go cold."""

from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from archival.database_roles import roles_grant
from archival.migrations.sql import PATIENCE, sql_file


def _grant(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    roles = settings.DATABASE_ROLES
    roles_grant(schema_editor.connection, app=roles["app"], worker=roles["worker"])


class Migration(migrations.Migration):
    dependencies = [("archival", "0003_clock"), ("ontology", "0029_cold_keys")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.RunSQL(sql_file("0004_cold_keys"), sql_file("0004_cold_keys_reverse")),
        migrations.RunPython(_grant, migrations.RunPython.noop),
    ]
