"""The rules of runs hold for every row; what is unfinished is found by an index, and `exclusive` is unique among it."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

from ontology.migrations.partitions import AddIndexInPeace

UNFINISHED = ~models.Q(state__in=["cancelled", "failed", "succeeded"])
UNIQUE = """CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS run_is_exclusive ON ontology_run (exclusive)
    WHERE NOT (state IN ('cancelled', 'failed', 'succeeded'))"""


class Migration(migrations.Migration):
    """Validated, indexed."""

    atomic = False

    dependencies = [("ontology", "0015_run_rules")]

    operations = [
        migrations.RunSQL("SET lock_timeout = '2s'", migrations.RunSQL.noop),
        ValidateConstraint(model_name="run", name="run_state_is_known"),
        ValidateConstraint(model_name="run", name="run_reserved_is_object"),
        ValidateConstraint(model_name="run", name="run_ended_reserves_nothing"),
        ValidateConstraint(model_name="runline", name="run_line_level_is_known"),
        migrations.RunSQL("ALTER TABLE ontology_run VALIDATE CONSTRAINT run_parent_exists", migrations.RunSQL.noop),
        AddIndexInPeace(model_name="run", index=models.Index(fields=["parent"], condition=models.Q(parent__isnull=False), name="run_children")),
        AddIndexInPeace(model_name="run", index=models.Index(fields=["state", "heartbeat_at"], condition=UNFINISHED, name="run_unfinished")),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(UNIQUE, "DROP INDEX CONCURRENTLY IF EXISTS run_is_exclusive")],
            state_operations=[
                migrations.AddConstraint(
                    model_name="run", constraint=models.UniqueConstraint(fields=["exclusive"], condition=UNFINISHED, name="run_is_exclusive")
                )
            ],
        ),
    ]
