"""The key that seals scopes, and functions that tell what a person may reach."""

from django.db import migrations

from ontology.migrations.sql import PATIENCE, sql_file


class Migration(migrations.Migration):
    """Seals and reach."""

    dependencies = [("ontology", "0005_tokens")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.RunSQL(sql_file("0006_reach"), sql_file("0006_reach_reverse")),
    ]
