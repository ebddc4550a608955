"""Deleted connections of a thing, for its audit trail: two indexes that hold deleted rows alone, so that writes of live ones pay nothing."""

from django.db import migrations, models

from ontology.migrations.partitions import AddIndexInPeace

DELETED = models.Q(("deleted_at__isnull", False))


class Migration(migrations.Migration):
    """The indexes of deleted connections, by either end."""

    atomic = False
    dependencies = [("ontology", "0008_event_by_person")]

    operations = [
        AddIndexInPeace(
            model_name="connection",
            index=models.Index(fields=["group", "from_thing", "-id"], condition=DELETED, name="connection_deleted_outbound"),
        ),
        AddIndexInPeace(
            model_name="connection",
            index=models.Index(fields=["group", "to_thing", "-id"], condition=DELETED, name="connection_deleted_inbound"),
        ),
    ]
