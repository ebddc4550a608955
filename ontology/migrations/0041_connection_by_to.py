"""A key that refers to things asks for all connections that end at one, deleted or not, whenever a thing goes or leaves its group."""

from django.db import migrations, models

from ontology.migrations.partitions import AddIndexInPeace


class Migration(migrations.Migration):
    """The index of connections by the thing that they end at."""

    atomic = False
    dependencies = [("ontology", "0040_connection_by_from")]

    operations = [
        AddIndexInPeace(
            model_name="connection",
            index=models.Index(fields=["group", "to_thing"], name="connection_by_to"),
        ),
    ]
