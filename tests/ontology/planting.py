"""Many events at once, for tests that need a history."""

import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection

from ontology.models import Group
from ontology.services.record import partitions_ensure
from tests.factories import make_thing


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


def habits_plant(group: Group, today: date, *, steady: int, leaving: int) -> dict[uuid.UUID, date]:
    """STEADY actors who have come every ten days of a year, and LEAVING ones who stopped at a day of their own; the last days of the latter."""
    begun, acts, left = today - timedelta(days=364), list[tuple[uuid.UUID | None, date]](), {}
    for n in range(steady):
        actor = make_thing(group, type="creator", name=f"Steady {n}").pk
        acts += [(actor, begun + timedelta(days=d)) for d in range(n % 10, 364, 10)]
    for n in range(leaving):
        actor = make_thing(group, type="creator", name=f"Leaving {n}").pk
        days = [begun + timedelta(days=d) for d in range(n % 10, 20 + n * 330 // leaving, 10)]
        acts, left[actor] = [*acts, *((actor, day) for day in days)], days[-1]
    events_plant(group, acts)
    return left
