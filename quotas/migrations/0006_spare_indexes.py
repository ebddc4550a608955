"""Indexes go whose work another one does."""

import django.db.models.deletion
from django.db import migrations, models

from ontology.migrations.sql import PATIENCE


class Migration(migrations.Migration):
    dependencies = [
        ("ontology", "0038_spare_indexes"),
        ("quotas", "0005_legacy_groups"),
    ]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.AlterField(
            model_name="override",
            name="group",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="overrides", to="ontology.group"),
        ),
        migrations.AlterField(
            model_name="planlimit",
            name="plan",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="limits", to="quotas.plan"),
        ),
    ]
