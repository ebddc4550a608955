"""What a run's row may say, added without a look at the rows there are."""

import django.db.models.lookups
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import ontology.models.constraints
from ontology.migrations.sql import PATIENCE

ENDED = ("cancelled", "failed", "succeeded")
STATES = ("cancelled", "cancelling", "failed", "interrupted", "new", "paused", "pausing", "running", "succeeded")

DROP_OLD = """-- The same rule comes back below with more states; no client assumes fewer.
-- squawk-ignore ban-drop-constraint
ALTER TABLE ontology_run DROP CONSTRAINT run_state_is_known"""
PARENT = "ALTER TABLE ontology_run ADD CONSTRAINT run_parent_exists FOREIGN KEY (parent_id) REFERENCES ontology_run (id) NOT VALID"


class Migration(migrations.Migration):
    """The rules, for rows to come."""

    dependencies = [("ontology", "0014_runs")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(DROP_OLD, migrations.RunSQL.noop)],
            state_operations=[migrations.RemoveConstraint(model_name="run", name="run_state_is_known")],
        ),
        AddConstraintNotValid(
            model_name="run", constraint=models.CheckConstraint(condition=models.Q(state__in=list(STATES)), name="run_state_is_known")
        ),
        AddConstraintNotValid(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(django.db.models.lookups.Exact(ontology.models.constraints.JsonType("reserved"), models.Value("object"))),
                name="run_reserved_is_object",
            ),
        ),
        AddConstraintNotValid(
            model_name="run",
            constraint=models.CheckConstraint(condition=~models.Q(state__in=list(ENDED)) | models.Q(reserved={}), name="run_ended_reserves_nothing"),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(PARENT, "ALTER TABLE ontology_run DROP CONSTRAINT run_parent_exists")],
            state_operations=[
                migrations.AddConstraint(
                    model_name="run",
                    constraint=ontology.models.constraints.CompositeKey(
                        columns=("parent_id",), to="ontology_run", to_columns=("id",), name="run_parent_exists"
                    ),
                )
            ],
        ),
        AddConstraintNotValid(
            model_name="runline",
            constraint=models.CheckConstraint(condition=models.Q(level__in=["error", "info", "warning"]), name="run_line_level_is_known"),
        ),
    ]
