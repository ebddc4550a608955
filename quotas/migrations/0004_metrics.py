"""Metrics ask what is counted here, instead of counting rows."""

from django.db import migrations

from ontology.migrations.sql import PATIENCE
from quotas.migrations.sql import sql_file


class Migration(migrations.Migration):
    """Takes the place of ontology_group_storage_bytes and ontology_group_api_calls."""

    dependencies = [("quotas", "0003_clock"), ("ontology", "0018_metrics")]

    operations = [migrations.RunSQL(PATIENCE, PATIENCE), migrations.RunSQL(sql_file("0004_metrics"), sql_file("0004_metrics_reverse"))]
