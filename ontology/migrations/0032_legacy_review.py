"""Staff say where legacy things belong whose group was not clear."""

from django.db import migrations

from ontology.migrations.sql import PATIENCE, sql_file


class Migration(migrations.Migration):
    """A function of the owner's."""

    dependencies = [("ontology", "0031_keys_may_wait")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.RunSQL(sql_file("0032_legacy_review"), sql_file("0032_legacy_review_reverse")),
    ]
