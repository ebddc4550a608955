"""What a creator has done and gathered: eleven numbers, defined in definitions.CREATOR."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from ontology.metrics.definitions import ACTIVE_DAYS
from ontology.models import Thing
from ontology.services.bulk import query


@dataclass(frozen=True, slots=True)
class CreatorStats:
    """The numbers of a creator; `computation_time` is in ms, revenue in the unit of the events' own numbers."""

    total_revenue: Decimal
    total_followers: int
    last_active: datetime | None
    content_count: int
    average_engagement: float
    total_events: int
    events_by_type: Mapping[str, int]
    is_active: bool
    account_age: int
    revenue_per_content: Decimal
    current_streak_days: int
    last_computed: datetime
    computation_time: float


def creator_stats(creator: Thing, *, now: datetime | None = None) -> CreatorStats:
    """The numbers of CREATOR, a thing with its group, type of no matter, and `created_at`, at the moment NOW (default: the present).

    Three queries, whose cost follows the creator's own events and connections, not the size of its group.
    """
    started, now = time.perf_counter(), now or timezone.now()
    by = {"group": creator.group_id, "actor": creator.pk}
    events = query("creator_events", {**by, "now": now})
    ((streak,),) = query("creator_streak", {**by, "today": now.astimezone(UTC).date()})
    ((followers, contents),) = query("creator_links", {"group": creator.group_id, "creator": creator.pk})
    revenue = Decimal(sum(row[3] for row in events))
    last_active = max((row[2] for row in events if row[2] is not None), default=None)
    return CreatorStats(
        total_revenue=revenue,
        total_followers=followers,
        last_active=last_active,
        content_count=contents,
        average_engagement=ratio(followers, contents),
        total_events=sum(row[1] for row in events),
        events_by_type={row[0]: row[1] for row in events},
        is_active=last_active is not None and last_active >= now - timedelta(days=ACTIVE_DAYS),
        account_age=(now - creator.created_at).days,
        revenue_per_content=share(revenue, contents),
        current_streak_days=streak,
        last_computed=now,
        computation_time=(time.perf_counter() - started) * 1000,
    )


def ratio(part: float, whole: float) -> float:
    """PART a WHOLE, 0 where there is nothing to divide by."""
    return part / whole if whole else 0.0


def share(amount: Decimal, parts: int) -> Decimal:
    """AMOUNT a part, 0 where there is none."""
    return amount / parts if parts else Decimal(0)
