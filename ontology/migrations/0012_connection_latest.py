"""The latest live connections of a group, whatever their type: the order of lists."""

from django.db import migrations, models

from ontology.migrations.partitions import AddIndexInPeace


class Migration(migrations.Migration):
    """The index of a group's latest connections."""

    atomic = False
    dependencies = [("ontology", "0011_kept_answers")]

    operations = [
        AddIndexInPeace(
            model_name="connection",
            index=models.Index(fields=["group", "-id"], condition=models.Q(("deleted_at__isnull", True)), name="connection_live_latest"),
        ),
    ]
