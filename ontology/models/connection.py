"""Connections: typed, directed links between two things of one group."""

from django.db import models
from django.db.models import F, Q

from ontology.models.constraints import json_is, tenant_key
from ontology.models.free_form import FreeFormField
from ontology.models.group import Group
from ontology.models.row import Row
from ontology.models.thing import Thing
from ontology.querysets import ConnectionQuerySet

LIVE = Q(deleted_at__isnull=True)
DELETED = Q(deleted_at__isnull=False)


class Connection(Row):
    """A link from one thing to another; without a group it is a legacy row, and its ends may be missing.

    Valid from `valid_from` (inclusive) to `valid_to` (exclusive); null is open. `strength` is 0 to 1.
    """

    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False, related_name="connections")
    from_thing = models.ForeignKey(Thing, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="outbound")
    to_thing = models.ForeignKey(Thing, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="inbound")
    type = models.CharField(max_length=100)
    metadata = FreeFormField(default=dict, blank=True)
    strength = models.FloatField(null=True, blank=True, help_text="From 0 to 1.")
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_to = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deletion_id = models.UUIDField(null=True, blank=True, editable=False)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            tenant_key("from_thing_id", "ontology_thing", "connection_from_in_group"),
            tenant_key("to_thing_id", "ontology_thing", "connection_to_in_group"),
            models.UniqueConstraint(fields=["group", "from_thing", "type", "to_thing"], condition=LIVE, name="connection_is_live_once"),
            models.CheckConstraint(
                condition=Q(group__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_from__lte=F("valid_to")),
                name="connection_validity_is_ordered",
            ),
            models.CheckConstraint(condition=Q(strength__gte=0, strength__lte=1), name="connection_strength_is_0_to_1"),
            json_is("metadata", "object", "connection_metadata_is_object", unless=Q(group__isnull=True)),
        )
        indexes = (
            models.Index(fields=["group", "to_thing", "type", "-id"], condition=LIVE, name="connection_live_inbound"),
            models.Index(fields=["group", "type", "-id"], condition=LIVE, name="connection_live_by_type"),
            models.Index(fields=["group", "-id"], condition=LIVE, name="connection_live_latest"),
            models.Index(fields=["group", "deletion_id"], condition=Q(deletion_id__isnull=False), name="connection_by_deletion"),
            models.Index(fields=["group", "from_thing", "-id"], condition=DELETED, name="connection_deleted_outbound"),
            models.Index(fields=["group", "to_thing", "-id"], condition=DELETED, name="connection_deleted_inbound"),
            # Of all rows, as the keys ask when a thing goes: 10 ms a thing in a table of 40,000 connections without these, and growing with it.
            models.Index(fields=["group", "from_thing"], name="connection_by_from"),
            models.Index(fields=["group", "to_thing"], name="connection_by_to"),
        )

    def __str__(self) -> str:
        return f"{self.from_thing} {self.type} {self.to_thing}"
