"""Functions that several metrics ask: what an event earned, what a group stores, how often it called, what is near in meaning."""

from django.db import migrations

from ontology.migrations.sql import PATIENCE, sql_file


class Migration(migrations.Migration):
    """ontology_event_revenue, ontology_group_storage_bytes, ontology_group_api_calls, ontology_knowledge_nearest."""

    dependencies = [("ontology", "0017_carried")]

    operations = [migrations.RunSQL(PATIENCE, PATIENCE), migrations.RunSQL(sql_file("0018_metrics"), sql_file("0018_metrics_reverse"))]
