"""A function that tells whose an API token is, before anybody is in scope."""

from django.db import migrations

from ontology.migrations.sql import PATIENCE, sql_file


class Migration(migrations.Migration):
    """Bearer of a token."""

    dependencies = [("ontology", "0009_connection_deleted")]

    operations = [migrations.RunSQL(PATIENCE, PATIENCE), migrations.RunSQL(sql_file("0010_token_bearer"), sql_file("0010_token_bearer_reverse"))]
