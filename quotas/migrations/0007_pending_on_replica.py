"""What is pending is asked for only by transactions that have written; on a replica there is none, and nothing to ask."""

from django.db import migrations

from ontology.migrations.sql import PATIENCE
from quotas.migrations.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("quotas", "0006_spare_indexes")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.RunSQL(sql_file("0007_pending_on_replica"), sql_file("0007_pending_on_replica_reverse")),
    ]
