"""Many events at once, for tests that need a history."""

import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from django.db import connection

from ontology.models import Group
from ontology.services.record import partitions_ensure


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


def events_plant(group: Group, acts: Iterable[tuple[uuid.UUID | None, date]]) -> None:
    """An event of each actor (None: nobody) at noon of each day."""
    found = list(acts)
    partitions_ensure([noon(day) for day in {day.replace(day=1) for _, day in found}])
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO ontology_event (id, group_id, type, actor_id, "timestamp", metadata)
            SELECT uuidv7(), %s, 'content_event', actor, moment, '{}' FROM unnest(%s::uuid[], %s::timestamptz[]) AS act (actor, moment)
            """,
            [group.pk, [actor for actor, _ in found], [noon(day) for _, day in found]],
        )
