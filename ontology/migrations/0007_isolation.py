"""Row-level security: whoever serves a request or a job sees the rows of its scope and no others."""

from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from ontology.database_roles import context_keys_set, roles_grant, roles_revoke
from ontology.migrations.sql import PATIENCE, sql_file


def _open(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    roles_grant(schema_editor.connection, settings.DATABASE_ROLES.values())
    context_keys_set(schema_editor.connection, [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS])


def _close(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    roles_revoke(schema_editor.connection, settings.DATABASE_ROLES.values())


class Migration(migrations.Migration):
    """Policies, roles and searches."""

    dependencies = [("ontology", "0006_reach")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.RunSQL(sql_file("0007_isolation"), sql_file("0007_isolation_reverse")),
        migrations.RunPython(_open, _close),
    ]
