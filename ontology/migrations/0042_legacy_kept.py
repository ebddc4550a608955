"""What a legacy document itself keeps under `_legacy` stays as it is."""

from django.db import migrations

from ontology.migrations.sql import PATIENCE, sql_file


class Migration(migrations.Migration):
    dependencies = [("ontology", "0041_connection_by_to")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.RunSQL(sql_file("0042_legacy_kept"), sql_file("0042_legacy_kept_reverse")),
    ]
