"""Functions that several metrics ask: what an event earned, what a group stores and how often it called."""

from django.db import migrations

from ontology.migrations.sql import PATIENCE, sql_file


class Migration(migrations.Migration):
    """ontology_event_revenue, ontology_group_storage_bytes, ontology_group_api_calls."""

    dependencies = [("ontology", "0017_carried")]

    operations = [migrations.RunSQL(PATIENCE, PATIENCE), migrations.RunSQL(sql_file("0018_metrics"), sql_file("0018_metrics_reverse"))]
