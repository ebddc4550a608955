"""The ledger begins with the events that are there."""

from django.db import migrations

from ontology.migrations.sql import PATIENCE, sql_file


class Migration(migrations.Migration):
    dependencies = [("ontology", "0027_event_ledger")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.RunSQL(sql_file("0028_event_ledger_begins"), migrations.RunSQL.noop),
    ]
