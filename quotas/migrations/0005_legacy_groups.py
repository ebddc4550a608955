"""Groups of the old platform begin without limits."""

from django.db import migrations

from ontology.migrations.sql import PATIENCE
from quotas.migrations.sql import sql_file


class Migration(migrations.Migration):
    """One trigger."""

    dependencies = [("quotas", "0004_metrics"), ("ontology", "0025_legacy_valid")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.RunSQL(sql_file("0005_legacy_groups"), sql_file("0005_legacy_groups_reverse")),
    ]
