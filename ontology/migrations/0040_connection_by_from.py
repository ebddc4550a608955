"""A key that refers to things asks for all connections that start at one, deleted or not, whenever a thing goes or leaves its group."""

from django.db import migrations, models

from ontology.migrations.partitions import AddIndexInPeace


class Migration(migrations.Migration):
    """The index of connections by the thing that they start at."""

    atomic = False
    dependencies = [("ontology", "0039_person_writes")]

    operations = [
        AddIndexInPeace(
            model_name="connection",
            index=models.Index(fields=["group", "from_thing"], name="connection_by_from"),
        ),
    ]
