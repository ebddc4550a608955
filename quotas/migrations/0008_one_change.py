"""A transaction that changes one thing is counted with less work."""

from django.db import migrations

from ontology.migrations.sql import PATIENCE
from quotas.migrations.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("quotas", "0007_pending_on_replica")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.RunSQL(sql_file("0008_one_change"), sql_file("0008_one_change_reverse")),
    ]
