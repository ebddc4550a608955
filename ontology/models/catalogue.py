"""The catalogue: the types of things, connections and events and their rules, as rows that staff can extend."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from ontology.models.constraints import json_is
from ontology.models.row import Row
from ontology.querysets import CatalogueQuerySet


class CatalogueType(Row):
    """What every type has. Types are never deleted or renamed (a trigger refuses it): rows name them. Switch one off instead."""

    name = models.CharField(max_length=100, unique=True)
    category = models.CharField(max_length=100)
    feature = models.CharField(max_length=50, default="core", help_text="core is always present; blog, portfolio and shop may be left out.")
    description = models.TextField(blank=True)
    schema = models.JSONField(default=dict, blank=True, help_text="JSON Schema (2020-12); empty allows everything.")
    active = models.BooleanField(default=True, help_text="An inactive type takes no new rows; existing rows stay.")

    objects = CatalogueQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("name",)
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(condition=Q(name__regex=r"^[a-z][a-z0-9_]*$"), name="%(class)s_name_is_snake_case"),
            json_is("schema", "object", "%(class)s_schema_is_object"),
        )

    def __str__(self) -> str:
        return self.name


class ThingType(CatalogueType):
    """A kind of thing; its schema speaks of `properties`."""


class ConnectionType(CatalogueType):
    """A kind of connection; its schema speaks of `metadata`."""

    from_types = ArrayField(models.CharField(max_length=100), default=list, blank=True, help_text="Thing types it may start from; empty: any.")
    to_types = ArrayField(models.CharField(max_length=100), default=list, blank=True, help_text="Thing types it may lead to; empty: any.")
    acyclic = models.BooleanField(default=False, help_text="No path of such connections may lead back to its start.")


class EventType(CatalogueType):
    """A kind of event; its schema speaks of `metadata`.

    Revenue of such an event is the number under `revenue_key`, counted when its metadata contains `revenue_when`.
    """

    revenue_key = models.CharField(max_length=100, blank=True, default="")
    revenue_when = models.JSONField(default=dict, blank=True)

    class Meta(CatalogueType.Meta):
        constraints = (*CatalogueType.Meta.constraints, json_is("revenue_when", "object", "eventtype_revenue_when_is_object"))


class CatalogueVersion(models.Model):
    """One row whose number grows with every edit of a type (by trigger), so that processes know when to compile anew."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.PositiveBigIntegerField(default=1)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="catalogue_version_is_one_row"),)

    def __str__(self) -> str:
        return str(self.number)
