"""Triggers and functions: the rules that no CHECK or key can say, and the maker of event partitions."""

from django.db import migrations

from ontology.migrations.sql import sql_file


class Migration(migrations.Migration):
    """Rules kept by triggers."""

    dependencies = [("ontology", "0001_spine")]

    operations = [migrations.RunSQL(sql_file("0002_rules"), sql_file("0002_rules_reverse"))]
