"""Counts and sums of groups and tables."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Count, Model, QuerySet
from django.utils import timezone

from ontology.isolation import current_scope
from ontology.models import Connection, Event, Group, Knowledge, Membership, Person, Thing
from ontology.services.access import rows_in_scope
from ontology.services.bulk import query
from ontology.sql import statement

COUNTED_EXACTLY_MAX = 10_000
RECENT_DAYS = 30


@dataclass(frozen=True, slots=True)
class TypeCount:
    """How many rows a type has."""

    type: str
    count: int


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """What a group holds: live rows by type, events and revenue of all time and of the last RECENT_DAYS; `took_ms` is what computing took.

    Revenue is in the unit of the events' own numbers.
    """

    people: int
    things: list[TypeCount]
    connections: list[TypeCount]
    knowledge: list[TypeCount]
    events: int
    events_recent: int
    revenue: Decimal
    revenue_recent: Decimal
    computed_at: datetime
    took_ms: float

    @property
    def things_total(self) -> int:
        """Live things of all types."""
        return sum(row.count for row in self.things)

    @property
    def connections_total(self) -> int:
        """Live connections of all types."""
        return sum(row.count for row in self.connections)

    @property
    def knowledge_total(self) -> int:
        """Live knowledge of all types."""
        return sum(row.count for row in self.knowledge)


@dataclass(frozen=True, slots=True)
class Happened:
    """Events and revenue of all time, and since a moment. Revenue is in the unit of the events' own numbers."""

    events: int
    events_recent: int
    revenue: Decimal
    revenue_recent: Decimal


@dataclass(frozen=True, slots=True)
class TableSize:
    """Rows of a table: exact up to COUNTED_EXACTLY_MAX, else an estimate of PostgreSQL's; `is_floor`: more than `rows`, nobody knows how many."""

    model: type[Model]
    rows: int
    is_estimate: bool = False
    is_floor: bool = False


@dataclass(frozen=True, slots=True)
class GroupSize:
    """What a group holds, each number counted up to COUNTED_EXACTLY_MAX: one more than that means more than that."""

    things: int
    connections: int
    events: int
    latest_event: datetime | None


def group_counts(group: Group) -> GroupCounts:
    """Counts of one group (not of its descendants), in five queries, each by an index that begins with the group."""
    started, now = time.perf_counter(), timezone.now()
    recent = now - timedelta(days=RECENT_DAYS)
    happened = group_happened(group, since=recent)
    return GroupCounts(
        people=Membership.objects.filter(group=group).count(),
        things=_by_type(Thing.objects.in_group(group).live()),
        connections=_by_type(Connection.objects.in_group(group).live()),
        knowledge=_by_type(Knowledge.objects.in_group(group).live()),
        events=happened.events,
        events_recent=happened.events_recent,
        revenue=happened.revenue,
        revenue_recent=happened.revenue_recent,
        computed_at=now,
        took_ms=(time.perf_counter() - started) * 1000,
    )


def group_happened(group: Group, *, since: datetime) -> Happened:
    """Events and revenue of GROUP, hot and carried, of all time and since a moment of the last 30 days or a midnight UTC; one query over them all."""
    ((events, recent, revenue, revenue_recent),) = query("group_happened", {"group": group.pk, "since": since})
    return Happened(events, recent, Decimal(revenue), Decimal(revenue_recent))


def group_sizes(groups: Sequence[Group]) -> dict[uuid.UUID, GroupSize]:
    """What each of a few GROUPS holds (not its descendants), by its id; one query of bounded cost."""
    limit = COUNTED_EXACTLY_MAX + 1
    with connection.cursor() as cursor:
        cursor.execute(statement("group_sizes"), [limit, limit, limit, [group.pk for group in groups]])
        return {key: GroupSize(*numbers) for key, *numbers in cursor.fetchall()}


def table_sizes(models: Sequence[type[Model]] = (Group, Person, Thing, Connection, Event, Knowledge)) -> list[TableSize]:
    """How many rows of each table are in scope; one query, and one more, of bounded cost, for each table that looks small.

    Estimates are of whole tables, so a scope of some groups has its rows counted, up to COUNTED_EXACTLY_MAX.
    """
    scope = current_scope()
    if scope is not None and not scope.everywhere:
        return [_size(model, 0) for model in models]
    with connection.cursor() as cursor:
        cursor.execute(statement("table_estimates"), [[model._meta.db_table for model in models]])
        estimates: dict[str, int] = dict(cursor.fetchall())
    return [_size(model, estimates.get(model._meta.db_table, 0)) for model in models]


def _size(model: type[Model], estimate: int) -> TableSize:
    if estimate > COUNTED_EXACTLY_MAX:
        return TableSize(model, estimate, is_estimate=True)
    counted = rows_in_scope(model._default_manager.order_by())[: COUNTED_EXACTLY_MAX + 1].count()
    return TableSize(model, min(counted, COUNTED_EXACTLY_MAX), is_floor=counted > COUNTED_EXACTLY_MAX)


def _by_type(rows: QuerySet[Model]) -> list[TypeCount]:
    counted = rows.order_by().values("type").annotate(rows=Count("*")).order_by("-rows", "type")
    return [TypeCount(row["type"], row["rows"]) for row in counted]
