"""A type's limit holds in groups that are made after it; its first count and a writer who has not committed no longer wait for one another."""

from django.db import migrations

from ontology.migrations.sql import PATIENCE
from quotas.migrations.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("quotas", "0008_one_change")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.RunSQL(sql_file("0009_types_counted"), sql_file("0009_types_counted_reverse")),
    ]
