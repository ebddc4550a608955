"""What a person did, the latest first: an index of events."""

from django.db import migrations, models

from ontology.migrations.partitions import AddPartitionedIndex


class Migration(migrations.Migration):
    """The index of a person's events, made on each partition while others read and write."""

    atomic = False
    dependencies = [("ontology", "0007_isolation")]

    operations = [
        AddPartitionedIndex(
            model_name="event",
            index=models.Index(
                models.F("person"),
                models.OrderBy(models.F("timestamp"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("person__isnull", False)),
                name="event_by_person",
            ),
        )
    ]
