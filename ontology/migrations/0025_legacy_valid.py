"""The rule of validity holds for every row; legacy things are found by an index of their own, empty once they are migrated."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

from ontology.migrations.partitions import AddIndexInPeace


class Migration(migrations.Migration):
    """Validated, indexed."""

    atomic = False

    dependencies = [("ontology", "0024_legacy_validity")]

    operations = [
        migrations.RunSQL("SET lock_timeout = '2s'", migrations.RunSQL.noop),
        ValidateConstraint(model_name="connection", name="connection_validity_is_ordered"),
        AddIndexInPeace(model_name="thing", index=models.Index(fields=["id"], condition=models.Q(("schema_version", 0)), name="thing_legacy")),
    ]
