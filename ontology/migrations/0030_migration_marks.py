"""Which transactions migration and rollback changed rows by."""

import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

import ontology.ids
from ontology.migrations.sql import PATIENCE


class Migration(migrations.Migration):
    """A table of the platform alone."""

    dependencies = [("ontology", "0025_legacy_valid")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.CreateModel(
            name="MigrationMark",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("run_id", models.UUIDField(blank=True, null=True)),
                ("step", models.CharField(max_length=50)),
                (
                    "removed",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), db_default=[], default=list, size=None),
                ),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={"ordering": ("id",)},
        ),
        migrations.RunSQL("SELECT ontology_isolate_platform('ontology_migrationmark')", migrations.RunSQL.noop),
    ]
