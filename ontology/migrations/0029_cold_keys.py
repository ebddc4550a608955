"""Cold events sent again are found by the keys that stay of them."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from ontology.migrations.sql import PATIENCE, sql_file

OWNER_WRITES = """
DO $$
DECLARE
    grantee regrole;
BEGIN
    FOR grantee IN SELECT DISTINCT a.grantee::regrole FROM pg_class AS c, aclexplode(c.relacl) AS a
        WHERE c.oid = 'ontology_coldkeys'::regclass AND a.grantee <> c.relowner AND a.grantee <> 0
    LOOP
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON ontology_coldkeys FROM %s', grantee);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ontology", "0028_event_ledger_begins")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.CreateModel(
            name="ColdKeys",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("month", models.DateField(help_text="Its first day, in UTC.")),
                ("bucket", models.PositiveSmallIntegerField()),
                ("batch", models.UUIDField()),
                ("keys", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField())),
                ("group", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ontology.group")),
            ],
            options={
                "verbose_name_plural": "cold keys",
                "indexes": [models.Index(fields=["batch"], name="cold_keys_of_batch")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("month__day", 1)), name="cold_keys_month_is_a_first_day"),
                    models.CheckConstraint(condition=models.Q(("bucket__lte", 255)), name="cold_keys_bucket_is_a_byte"),
                    models.UniqueConstraint(fields=("group", "month", "bucket", "batch"), name="cold_keys_of_a_batch_are_kept_once"),
                ],
            },
        ),
        migrations.RunSQL(sql_file("0029_cold_keys"), sql_file("0029_cold_keys_reverse")),
        migrations.RunSQL(OWNER_WRITES, migrations.RunSQL.noop),
    ]
