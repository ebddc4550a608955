"""Events that an undone run took: a restored batch that misses them ends, and an erased person is erased from them too."""

from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from archival.database_roles import roles_grant
from archival.migrations.sql import PATIENCE, sql_file


def _grant(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    roles = settings.DATABASE_ROLES
    roles_grant(schema_editor.connection, app=roles["app"], worker=roles["worker"])


class Migration(migrations.Migration):
    dependencies = [("archival", "0004_cold_keys"), ("ontology", "0041_connection_by_to")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.RunSQL(sql_file("0005_undone_events"), sql_file("0005_undone_events_reverse")),
        migrations.AlterField(
            model_name="archivebatch",
            name="state",
            field=models.CharField(
                choices=[
                    ("claimed", "Claimed"),
                    ("exported", "Written to a file"),
                    ("stored", "In the store"),
                    ("verified", "Read back"),
                    ("archived", "Archived"),
                    ("restored", "Restored"),
                    ("replaced", "Replaced"),
                    ("expired", "Expired"),
                    ("erased", "Erased with its key"),
                    ("abandoned", "Abandoned"),
                ],
                default="claimed",
                max_length=10,
            ),
        ),
        migrations.RunPython(_grant, migrations.RunPython.noop),
    ]
