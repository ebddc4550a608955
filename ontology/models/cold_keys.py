"""What the hot table still knows of cold events: their keys, so that one sent again is found."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from ontology.models.group import Group


class ColdKeys(models.Model):
    """Keys of the events of one cold batch that share their last byte, the `bucket`: a looker reads a 256th of a batch, and a key takes about 20 bytes.

    An event has its id for a key and, with an external_id, the MD5 of that (ontology_event_keys). Filled in the transaction in which the
    events go cold, emptied when they come back, expire or are erased. Only the tables' owner writes here.
    """

    id = models.BigAutoField(primary_key=True)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, db_index=False, related_name="+")
    month = models.DateField(help_text="Its first day, in UTC.")
    bucket = models.PositiveSmallIntegerField()
    batch = models.UUIDField()
    keys = ArrayField(models.UUIDField())

    class Meta:
        verbose_name_plural = "cold keys"
        constraints = (
            models.CheckConstraint(condition=Q(month__day=1), name="cold_keys_month_is_a_first_day"),
            models.CheckConstraint(condition=Q(bucket__lte=255), name="cold_keys_bucket_is_a_byte"),
            models.UniqueConstraint(fields=["group", "month", "bucket", "batch"], name="cold_keys_of_a_batch_are_kept_once"),
        )
        indexes = (models.Index(fields=["batch"], name="cold_keys_of_batch"),)

    def __str__(self) -> str:
        return f"{len(self.keys)} keys of {self.month:%Y-%m}"
