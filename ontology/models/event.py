"""Events: what happened, when, by whom, on what."""

from datetime import UTC, datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from ontology.ids import uuid7
from ontology.models.constraints import json_is
from ontology.models.free_form import FreeFormField
from ontology.models.group import Group
from ontology.models.person import Person
from ontology.models.thing import Thing
from ontology.querysets import EventQuerySet


class Event(models.Model):
    """A fact of one moment; never changed, never deleted except by a recorded retention or erasure decision.

    The table is partitioned by month of `timestamp`, so its key in the database is (id, timestamp); the id begins with the milliseconds of `timestamp`.
    Events outlive things: actor and target are checked when written (same group, existing) and never cascade.
    Triggers on the table and every partition refuse a foreign actor or target, and every UPDATE, DELETE and TRUNCATE.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    group = models.ForeignKey(Group, on_delete=models.DO_NOTHING, null=True, db_index=False, db_constraint=False, related_name="events")
    type = models.CharField(max_length=100)
    actor = models.ForeignKey(
        Thing, on_delete=models.DO_NOTHING, null=True, blank=True, db_index=False, db_constraint=False, related_name="events_by"
    )
    target = models.ForeignKey(
        Thing, on_delete=models.DO_NOTHING, null=True, blank=True, db_index=False, db_constraint=False, related_name="events_on"
    )
    person = models.ForeignKey(Person, on_delete=models.DO_NOTHING, null=True, blank=True, db_index=False, db_constraint=False, related_name="events")
    timestamp = models.DateTimeField()
    metadata = FreeFormField(default=dict, blank=True)
    external_id = models.CharField(max_length=500, null=True, blank=True)  # noqa: DJ001 -- null is "none": only so is the key unique where present
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ("-timestamp", "-id")
        constraints = (
            json_is("metadata", "object", "event_metadata_is_object", unless=Q(group__isnull=True)),
            models.CheckConstraint(condition=Q(timestamp__gte=datetime(1970, 1, 1, tzinfo=UTC)), name="event_timestamp_is_since_1970"),
        )
        indexes = (
            models.Index(F("group"), F("timestamp").desc(), F("id").desc(), name="event_latest"),
            models.Index(F("group"), F("type"), F("timestamp").desc(), name="event_by_type"),
            models.Index(F("group"), F("actor"), F("timestamp").desc(), condition=Q(actor__isnull=False), name="event_by_actor"),
            models.Index(F("group"), F("target"), F("timestamp").desc(), condition=Q(target__isnull=False), name="event_on_target"),
            models.Index(F("person"), F("timestamp").desc(), F("id").desc(), condition=Q(person__isnull=False), name="event_by_person"),
        )

    def __str__(self) -> str:
        return f"{self.type} at {self.timestamp:%Y-%m-%d %H:%M}"
