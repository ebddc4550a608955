"""The platform's own group is nobody's to rename, move or archive."""

from django.db import migrations

from ontology.migrations.sql import PATIENCE, sql_file


class Migration(migrations.Migration):
    """The rule group_of_platform_stays."""

    dependencies = [("ontology", "0012_connection_latest")]

    operations = [migrations.RunSQL(PATIENCE, PATIENCE), migrations.RunSQL(sql_file("0013_platform_group"), sql_file("0013_platform_group_reverse"))]
