"""The record of changes: events that the platform writes about its own acts."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from ontology.ids import uuid7
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Event, Group
from ontology.services.actor import PLATFORM, Actor
from ontology.sql import statement


def event_record(
    group: Group,
    event_type: str,
    *,
    actor: Actor | None = None,
    target_id: uuid.UUID | None = None,
    metadata: Mapping[str, Any] | None = None,
    event_id: uuid.UUID | None = None,
) -> Event:
    """Writes one event of this moment inside the caller's transaction; two queries, one more for a person's creator thing."""
    actor, now = actor or PLATFORM, timezone.now()
    partitions_ensure([now])
    return Event.objects.create(
        id=event_id or uuid7(),
        group=group,
        type=event_type,
        actor_id=actor.thing_in(group.pk),
        target_id=target_id,
        person=actor.person,
        timestamp=now,
        metadata={**(metadata or {}), "by": actor.as_metadata()},
    )


def platform_record(event_type: str, *, actor: Actor | None = None, metadata: Mapping[str, Any] | None = None) -> Event:
    """Writes one event of this moment in the platform's own group, whatever the scope of the caller; five queries."""
    with acting(PLATFORM_SCOPE):
        return event_record(Group.objects.platform(), event_type, actor=actor, metadata=metadata)


def partitions_ensure(moments: Iterable[datetime]) -> int:
    """Makes the partitions of the months that MOMENTS lie in, where missing; how many it made. One query."""
    found = {(utc.year, utc.month) for utc in (moment.astimezone(UTC) for moment in moments)}
    months = [datetime(year, month, 1, tzinfo=UTC) for year, month in sorted(found)]
    with connection.cursor() as cursor:
        cursor.execute(statement("event_partitions_make"), {"months": months})
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def partitions_ahead(now: datetime, months: int) -> int:
    """Makes the partitions of the month of NOW and of MONTHS after it, so that no write has to; how many it made. One query."""
    first = now.astimezone(UTC).replace(day=1)
    ahead = [first.replace(year=first.year + (first.month - 1 + n) // 12, month=(first.month - 1 + n) % 12 + 1) for n in range(months + 1)]
    return partitions_ensure(ahead)
