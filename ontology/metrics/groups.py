"""How a group is doing: fifteen numbers, defined in definitions.GROUP, and its days."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from ontology.metrics.creators import ratio, share
from ontology.metrics.definitions import TOP_CONTENTS, WEEK_DAYS
from ontology.models import Group
from ontology.services.bulk import query

BYTES_A_MB = 1_000_000
ACTORS_STEPPED = 10_000
"""Up to so many distinct actors are looked up one by one, past what they did: some 5 µs each."""


@dataclass(frozen=True, slots=True)
class Content:
    """A content thing and how many live connections it has."""

    id: uuid.UUID
    type: str
    name: str
    connections: int


@dataclass(frozen=True, slots=True)
class GroupMetrics:
    """The numbers of a group, without its subgroups; `computation_time` is in ms, revenue in the unit of the events' own numbers."""

    user_count: int
    active_users: int
    total_entities: int
    storage_used: int
    storage_used_mb: float
    api_calls_this_month: int
    revenue_this_month: Decimal
    events_this_month: int
    events_this_week: int
    top_content_by_engagement: Sequence[Content]
    average_engagement_per_content: float
    avg_events_per_user: float
    avg_revenue_per_user: Decimal
    is_active: bool
    trending_up: bool
    last_computed: datetime
    computation_time: float


@dataclass(frozen=True, slots=True)
class Day:
    """A UTC day of a group; revenue in the unit of the events' own numbers."""

    day: date
    events: int
    revenue: Decimal


def group_metrics(group: Group, *, now: datetime | None = None) -> GroupMetrics:
    """The numbers of GROUP at the moment NOW (default: the present); a NOW further back than 30 days is exact where no event has been archived.

    Three queries; their cost follows the group's things, contents and the events of the last month.
    """
    started, now = time.perf_counter(), now or timezone.now()
    users, things, stored, calls = query("group_totals", {"group": group.pk, "now": now})[0]
    week = now - timedelta(days=WEEK_DAYS)
    windows = {"month": month_of(now), "week": week, "week_before": week - timedelta(days=WEEK_DAYS), "now": now, "actors": ACTORS_STEPPED}
    month, this_week, week_before, revenue, actors = query("group_windows", {"group": group.pk, **windows})[0]
    contents = query("group_engagement", {"group": group.pk, "rows": TOP_CONTENTS})
    engagement, content_count = contents[0][4:] if contents else (0, 0)
    return GroupMetrics(
        user_count=users,
        active_users=actors,
        total_entities=things,
        storage_used=stored,
        storage_used_mb=stored / BYTES_A_MB,
        api_calls_this_month=calls,
        revenue_this_month=Decimal(revenue),
        events_this_month=month,
        events_this_week=this_week,
        top_content_by_engagement=[Content(*row[:4]) for row in contents],
        average_engagement_per_content=ratio(engagement, content_count),
        avg_events_per_user=ratio(month, users),
        avg_revenue_per_user=share(Decimal(revenue), users),
        is_active=month > 0,
        trending_up=this_week > week_before,
        last_computed=now,
        computation_time=(time.perf_counter() - started) * 1000,
    )


def group_days(group: Group, *, first: date, last: date) -> list[Day]:
    """Every UTC day of GROUP from FIRST to LAST, those without an event too; one query over their events."""
    found = query("group_days", {"group": group.pk, "first": first, "last": last})
    return [Day(day, events, Decimal(revenue)) for day, events, revenue in found]


def month_of(moment: datetime) -> datetime:
    """The first moment of the UTC month that MOMENT lies in."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
