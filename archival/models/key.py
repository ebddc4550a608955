"""Keys of groups: what is encrypted with one can be read as long as its row holds it."""

from django.db import models
from django.db.models import Q

from ontology.models import Group
from ontology.models.row import Row


class GroupKey(Row):
    """A key of a group, wrapped by the platform's (archival.encryption). Erasing `wrapped` erases whatever was written under it, wherever it lies."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="archive_keys")
    wrapped = models.BinaryField(null=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(wrapped__isnull=True) ^ Q(erased_at__isnull=True), name="group_key_is_there_or_erased"),
            models.UniqueConstraint(fields=["group"], condition=Q(erased_at__isnull=True), name="group_key_in_use_is_one"),
        )

    def __str__(self) -> str:
        return f"Key of {self.group_id}"
