"""The ledger of accepted events, triggers that a new partition takes over whatever they are, and the end of empty partitions."""

import django.db.models.deletion
from django.db import migrations, models

from ontology.migrations.sql import PATIENCE, sql_file

OWNER_WRITES = """
DO $$
DECLARE
    grantee regrole;
BEGIN
    FOR grantee IN SELECT DISTINCT a.grantee::regrole FROM pg_class AS c, aclexplode(c.relacl) AS a
        WHERE c.oid = 'ontology_eventsaccepted'::regclass AND a.grantee <> c.relowner AND a.grantee <> 0
    LOOP
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON ontology_eventsaccepted FROM %s', grantee);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ontology", "0021_forget_runs")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.CreateModel(
            name="EventsAccepted",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("month", models.DateField(help_text="Its first day, in UTC.")),
                ("count", models.BigIntegerField()),
                ("group", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ontology.group")),
            ],
            options={
                "verbose_name_plural": "events accepted",
                "indexes": [models.Index(fields=["group", "month"], name="events_accepted_by_month")],
                "constraints": [models.CheckConstraint(condition=models.Q(("month__day", 1)), name="events_accepted_month_is_a_first_day")],
            },
        ),
        migrations.RunSQL(sql_file("0027_event_ledger"), sql_file("0027_event_ledger_reverse")),
        migrations.RunSQL(OWNER_WRITES, migrations.RunSQL.noop),
    ]
