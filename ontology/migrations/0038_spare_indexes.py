"""Indexes go whose work another one does, and closing a partition leaves jobs the right to keep it in shape."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from ontology.migrations.sql import PATIENCE, sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("ontology", "0032_legacy_review"),
    ]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.AlterField(
            model_name="group",
            name="slug",
            field=models.SlugField(db_index=False, help_text="Lower-case letters, digits and hyphens; unique on the platform.", max_length=100),
        ),
        migrations.AlterField(
            model_name="idempotencykey",
            name="person",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name="membership",
            name="group",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="ontology.group"),
        ),
        migrations.AlterField(
            model_name="runreject",
            name="run",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="rejects", to="ontology.run"),
        ),
        migrations.RunSQL(sql_file("0038_maintain"), sql_file("0038_maintain_reverse")),
    ]
