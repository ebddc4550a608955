"""The audit seal: what waits for it, and the chain of ranges that were sealed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from ontology.models.constraints import one_of

ACTS = ("added", "changed", "removed")


class SealEntry(models.Model):
    """What one statement did to events, until it is sealed; written by a trigger alone, in the transaction of the statement.

    `decision` is that under which events were changed or removed, blank for such as were added.
    """

    act = models.CharField(max_length=10)
    decision = models.CharField(max_length=20, blank=True)
    made_at = models.DateTimeField()
    ids = ArrayField(models.UUIDField())
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = (one_of("act", ACTS, "seal_entry_act_is_known"),)

    def __str__(self) -> str:
        return f"{len(self.ids)} events {self.act}"


class Seal(models.Model):
    """One sealed range: `hash` is the SHA-256 of its list, which names the hash of the range before it, so none can be changed or left out unseen.

    The list, with a hash of each event in it, lies in the object store under `key`: whoever may change the database alone cannot change it.
    """

    number = models.BigIntegerField(primary_key=True)
    hash = models.CharField(max_length=64)
    key = models.CharField(max_length=500)
    events = models.PositiveIntegerField()
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.CheckConstraint(condition=Q(number__gte=1), name="seal_number_counts_from_1"),
            models.CheckConstraint(condition=Q(hash__regex="^[0-9a-f]{64}$"), name="seal_hash_is_sha256"),
        )

    def __str__(self) -> str:
        return f"Seal {self.number}"
