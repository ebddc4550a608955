"""The record of changes: events that the platform writes about its own acts."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from ontology.ids import uuid7
from ontology.models import Event, Group
from ontology.services.actor import PLATFORM, Actor


def event_record(
    group: Group, event_type: str, *, actor: Actor | None = None, target_id: uuid.UUID | None = None, metadata: Mapping[str, Any] | None = None
) -> Event:
    """Writes one event of this moment inside the caller's transaction; two queries, one more for a person's creator thing."""
    actor, now = actor or PLATFORM, timezone.now()
    partition_ensure(now)
    return Event.objects.create(
        id=uuid7(),
        group=group,
        type=event_type,
        actor_id=actor.thing_in(group.pk),
        target_id=target_id,
        person=actor.person,
        timestamp=now,
        metadata={**(metadata or {}), "by": actor.as_metadata()},
    )


def partition_ensure(moment: datetime) -> bool:
    """Makes the partition of the month that MOMENT lies in, if it is missing; returns whether it made one. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ontology_event_partition_make(%s)", [moment])
        row = cursor.fetchone()
    return bool(row and row[0])
