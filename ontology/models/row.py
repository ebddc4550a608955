"""What every row of the ontology has: a UUIDv7 and its moments."""

from django.db import models
from django.db.models.functions import Now

from ontology.ids import uuid7


class Row(models.Model):
    """A row with a UUIDv7 id, so that ids sort by time, and the moments it was made and last changed (UTC).

    `updated_at` is kept by a trigger wherever rows change by more than one path.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True
