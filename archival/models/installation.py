"""Which installation the archive belongs to."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Installation(models.Model):
    """The one row that names this installation in the keys of its objects, and by which a copy of the database is known as a copy.

    `place` is the database server, the database and the host by which it is reached, at the moment the row was made: a copy lies elsewhere.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=40)
    place = models.CharField(max_length=300)
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(id=1), name="installation_is_one"),
            models.CheckConstraint(condition=Q(name__regex=r"^[0-9a-z-]+$"), name="installation_name_fits_a_key"),
        )

    def __str__(self) -> str:
        return self.name
