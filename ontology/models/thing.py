"""Things: typed nouns."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from ontology.choices import ThingStatus
from ontology.models.constraints import json_is, one_of
from ontology.models.free_form import FreeFormField
from ontology.models.group import Group
from ontology.models.row import Row
from ontology.querysets import ThingQuerySet

LEGACY = Q(schema_version=0)


class Thing(Row):
    """A typed noun of one group.

    `schema_version` 1 is a whole row; 0 a legacy row, which may lack a group and break the rules of the names below.
    `version` counts changes, kept by a trigger whichever path writes; `if_version` and If-Match compare it.
    `deleted_at` marks a soft deletion: the row, its history and its external_id stay. `deletion_id` is the event of that deletion, in this
    row and in every row it took along, so that a restore brings back exactly those.
    """

    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, db_index=False, related_name="things")
    type = models.CharField(max_length=100)
    name = models.TextField()
    properties = FreeFormField(default=dict, blank=True)
    status = models.CharField(max_length=10, choices=ThingStatus, default=ThingStatus.DRAFT)
    schema_version = models.PositiveSmallIntegerField(default=1, db_default=1, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    external_id = models.CharField(max_length=500, null=True, blank=True)  # noqa: DJ001 -- null is "none": only so is the key unique where present
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deletion_id = models.UUIDField(null=True, blank=True, editable=False)

    objects = ThingQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["group", "id"], name="thing_id_is_unique_in_group"),
            models.UniqueConstraint(fields=["group", "external_id"], name="thing_external_id_is_unique_in_group"),
            models.CheckConstraint(condition=Q(schema_version__in=[0, 1]), name="thing_schema_version_is_0_or_1"),
            models.CheckConstraint(condition=LEGACY | Q(group__isnull=False), name="thing_v1_has_group"),
            models.CheckConstraint(condition=LEGACY | Q(name__regex=r"\S"), name="thing_name_is_not_blank"),
            json_is("properties", "object", "thing_properties_is_object", unless=LEGACY),
            one_of("status", ThingStatus.values, "thing_status_is_known"),
            models.CheckConstraint(condition=~Q(external_id=""), name="thing_external_id_is_not_empty"),
        )
        indexes = (
            models.Index(F("group"), F("type"), F("id").desc(), condition=Q(deleted_at__isnull=True), name="thing_live_by_type"),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="thing_name_search"),
            models.Index(fields=["id"], condition=LEGACY, name="thing_legacy"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        """Whether the thing is not deleted."""
        return self.deleted_at is None
