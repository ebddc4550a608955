"""The seal begins with the events there are."""

from django.db import migrations

from monitoring.migrations.sql import sql_file
from ontology.migrations.sql import PATIENCE


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0012_seal")]

    operations = [migrations.RunSQL(PATIENCE, PATIENCE), migrations.RunSQL(sql_file("0013_seal_begins"), migrations.RunSQL.noop)]
