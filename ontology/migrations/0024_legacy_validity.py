"""Legacy connections may say that they ended before they began; the rule stays for every other, first without a look at the rows there are."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from ontology.migrations.sql import PATIENCE

DROP_OLD = """-- The same rule comes back below, less strict for rows without a group.
-- squawk-ignore ban-drop-constraint
ALTER TABLE ontology_connection DROP CONSTRAINT connection_validity_is_ordered"""
BACK = """ALTER TABLE ontology_connection ADD CONSTRAINT connection_validity_is_ordered CHECK (valid_from <= valid_to) NOT VALID"""


class Migration(migrations.Migration):
    """The rule, for rows to come."""

    dependencies = [("ontology", "0023_legacy")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(DROP_OLD, BACK)],
            state_operations=[migrations.RemoveConstraint(model_name="connection", name="connection_validity_is_ordered")],
        ),
        AddConstraintNotValid(
            model_name="connection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("group__isnull", True),
                    ("valid_from__isnull", True),
                    ("valid_to__isnull", True),
                    ("valid_from__lte", models.F("valid_to")),
                    _connector="OR",
                ),
                name="connection_validity_is_ordered",
            ),
        ),
    ]
