"""What a group wants of its archive, and what the law wants of it."""

from django.db import models
from django.db.models import Q

from archival.choices import Encryption
from ontology.models import Group, Person
from ontology.models.constraints import one_of
from ontology.models.row import Row


class ArchivePolicy(Row):
    """A group's own rules; what is blank follows its plan, and then the platform.

    `hot_days`: events older than this move to the archive. `keeps_hot`: none ever does. `retention_days`: objects are deleted when their youngest event
    is older; `keeps_cold`: never.
    """

    group = models.OneToOneField(Group, on_delete=models.PROTECT, related_name="archive_policy")
    hot_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="Days in the database before events move to the archive. Blank: as the plan says."
    )
    keeps_hot = models.BooleanField("keep every event hot", default=False, help_text="No event of the group is archived.")
    retention_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="Days after which archived events are deleted for good. Blank: as the platform says."
    )
    keeps_cold = models.BooleanField("never delete", default=False, help_text="Archived events of the group are never deleted.")
    encryption = models.CharField(max_length=10, choices=Encryption, default=Encryption.NONE)

    class Meta:
        verbose_name_plural = "archive policies"
        ordering = ("group",)
        constraints = (
            one_of("encryption", Encryption.values, "archive_policy_encryption_is_known"),
            models.CheckConstraint(condition=Q(hot_days__isnull=True) | Q(hot_days__gte=1), name="archive_policy_hot_days_is_positive"),
            models.CheckConstraint(condition=Q(hot_days__isnull=True) | Q(keeps_hot=False), name="archive_policy_is_hot_for_days_or_for_ever"),
            models.CheckConstraint(
                condition=Q(retention_days__isnull=True) | Q(keeps_cold=False), name="archive_policy_is_cold_for_days_or_for_ever"
            ),
            models.CheckConstraint(
                condition=Q(retention_days__isnull=True) | Q(retention_days__gte=1), name="archive_policy_retention_days_is_positive"
            ),
        )

    def __str__(self) -> str:
        return f"Policy of {self.group}"


class LegalHold(Row):
    """An order to keep everything of a group: no archived event of it is deleted or rewritten until the hold is lifted."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="legal_holds")
    reason = models.CharField(max_length=500)
    placed_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("-id",)
        constraints = (models.CheckConstraint(condition=Q(reason__regex=r"\S"), name="legal_hold_has_a_reason"),)

    def __str__(self) -> str:
        return self.reason
