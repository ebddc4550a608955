"""Groups: tenants, in a tree."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from ontology.choices import GroupStatus, GroupType, JoinPolicy, Visibility
from ontology.models.constraints import json_is, one_of
from ontology.models.free_form import FreeFormField
from ontology.models.row import Row
from ontology.querysets import GroupQuerySet


class Group(Row):
    """A tenant. A parent's members may act on its descendants, never the other way round or sideways.

    A trigger (`group_is_not_its_own_ancestor`) keeps the tree a tree under any concurrency.
    """

    slug = models.SlugField(max_length=100, db_index=False, help_text="Lower-case letters, digits and hyphens; unique on the platform.")
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=20, choices=GroupType, default=GroupType.BUSINESS)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    description = models.TextField(blank=True)
    metadata = FreeFormField(default=dict, blank=True)
    visibility = models.CharField(max_length=10, choices=Visibility, default=Visibility.PRIVATE)
    join_policy = models.CharField(max_length=20, choices=JoinPolicy, default=JoinPolicy.INVITE_ONLY)
    status = models.CharField(max_length=10, choices=GroupStatus, default=GroupStatus.ACTIVE)

    objects = GroupQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        permissions = (("see_every_group", "Can see every group in the admin, not only those of own memberships"),)
        constraints = (
            models.UniqueConstraint(fields=["slug"], name="group_slug_is_unique"),
            models.CheckConstraint(condition=Q(slug__regex=r"^[a-z0-9]+(-[a-z0-9]+)*$"), name="group_slug_is_lower_case_words"),
            models.CheckConstraint(condition=Q(name__regex=r"\S"), name="group_name_is_not_blank"),
            one_of("type", GroupType.values, "group_type_is_known"),
            one_of("visibility", Visibility.values, "group_visibility_is_known"),
            one_of("join_policy", JoinPolicy.values, "group_join_policy_is_known"),
            one_of("status", GroupStatus.values, "group_status_is_known"),
            json_is("metadata", "object", "group_metadata_is_object"),
        )
        indexes = (GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="group_name_search"),)

    def __str__(self) -> str:
        return self.name
