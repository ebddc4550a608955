"""Reads from a replica: how far the log was at a person's last write, and the bearer of a token where nothing can be written."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from ontology.migrations.sql import PATIENCE, sql_file


class Migration(migrations.Migration):
    dependencies = [("ontology", "0038_spare_indexes")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.CreateModel(
            name="PersonWrite",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("place", models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL(sql_file("0039_person_writes"), sql_file("0039_person_writes_reverse")),
    ]
