"""Rows that statements brought or changed, by group and day: a process of the release before tells none, which counts as none."""

from django.db import migrations, models

from monitoring.migrations.sql import PATIENCE, sql_file


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0039_capacity")]  # which was there first

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.AddField(model_name="groupcost", name="rows", field=models.BigIntegerField(db_default=0, default=0)),
        migrations.RunSQL(sql_file("0031_rows_by_group"), sql_file("0031_rows_by_group_reverse")),
    ]
