"""Metrics of random graphs and events equal a naive model in Python, whichever of the events have gone cold."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ontology.ids import uuid7
from ontology.metrics import creator_stats, group_days, group_metrics, thing_summary
from ontology.models import Connection, Event, Group, Thing
from ontology.services.record import partitions_ensure
from tests.cold import events_cool
from tests.factories import make_group, make_membership, make_thing

pytestmark = pytest.mark.django_db
TYPES = ("payment_event", "content_event", "revenue_generated")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Happening:
    """An event of the model: hours before now, type, actor's number or none, and the amount it tells."""

    hours: int
    type: str
    actor: int | None
    amount: int
    paid: bool

    @property
    def revenue(self) -> Decimal:
        """By the shipped rules: payment_event when processed, revenue_generated always."""
        earns = self.type == "revenue_generated" or (self.type == "payment_event" and self.paid)
        return Decimal(self.amount) / 4 if earns else Decimal(0)

    @property
    def metadata(self) -> dict[str, Any]:
        return {"amount": self.amount / 4, "status": "processed" if self.paid else "failed"}


HAPPENINGS = st.lists(
    st.builds(
        Happening,
        hours=st.integers(0, 24 * 40),
        type=st.sampled_from(TYPES),
        actor=st.none() | st.integers(0, 2),
        amount=st.integers(0, 400),
        paid=st.booleans(),
    ),
    max_size=25,
)
LINKS = st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4), st.sampled_from(("following", "authored", "created_by", "references"))), max_size=12)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happened=HAPPENINGS, links=LINKS, cold_days=st.integers(1, 45), members=st.integers(0, 2))
def test_metrics__equal_a_naive_model(db: None, happened: list[Happening], links: set[tuple[int, int, str]], cold_days: int, members: int) -> None:
    with transaction.atomic():
        now, group = timezone.now(), make_group()
        things = [make_thing(group, type="creator") for _ in range(3)] + [make_thing(group, type="blog_post") for _ in range(2)]
        for _ in range(members):
            make_membership(group)
        _write(group, things, happened, links, now)

        events_cool(group, before=now - cold_days * DAY)

        _same_creators(things[:3], happened, links, now)
        _same_group(group, things, happened, links, now, members)
        _same_links(things, links)
        transaction.set_rollback(True)


def _write(group: Group, things: Sequence[Thing], happened: Sequence[Happening], links: set[tuple[int, int, str]], now: datetime) -> None:
    rows = [
        Event(
            id=uuid7(),
            group=group,
            type=it.type,
            actor=None if it.actor is None else things[it.actor],
            timestamp=now - it.hours * HOUR,
            metadata=it.metadata,
        )
        for it in happened
    ]
    partitions_ensure([row.timestamp for row in rows] or [now])
    Event.objects.bulk_create(rows)
    Connection.objects.bulk_create(Connection(group=group, from_thing=things[a], to_thing=things[b], type=kind) for a, b, kind in links)


def _same_creators(things: Sequence[Thing], happened: Sequence[Happening], links: set[tuple[int, int, str]], now: datetime) -> None:
    for number, thing in enumerate(things):
        mine = [it for it in happened if it.actor == number]
        days = {(now - it.hours * HOUR).astimezone(UTC).date() for it in mine}
        content = {b for a, b, kind in links if (a, kind) == (number, "authored")} | {
            a for a, b, kind in links if (b, kind) == (number, "created_by")
        }
        followers = sum((b, kind) == (number, "following") for _, b, kind in links)
        first = next((day for day in (now.date(), now.date() - DAY) if day in days), None)
        streak = 0
        while first is not None and first - streak * DAY in days:
            streak += 1

        stats = creator_stats(thing, now=now)

        assert stats.total_revenue == sum(it.revenue for it in mine)
        assert stats.last_active == (now - min(it.hours for it in mine) * HOUR if mine else None)
        assert (stats.total_events, stats.events_by_type) == (len(mine), dict(Counter(it.type for it in mine)))
        assert stats.is_active == any(it.hours <= 30 * 24 for it in mine)
        assert (stats.total_followers, stats.content_count) == (followers, len(content))
        assert stats.average_engagement == (followers / len(content) if content else 0)
        assert stats.current_streak_days == streak


def _same_group(
    group: Group, things: Sequence[Thing], happened: Sequence[Happening], links: set[tuple[int, int, str]], now: datetime, members: int
) -> None:
    month = [it for it in happened if (now - it.hours * HOUR).strftime("%Y-%m") == now.strftime("%Y-%m")]
    week, before = [[it for it in happened if low * 24 <= it.hours <= high * 24] for low, high in ((0, 7), (7, 14))]
    before = [it for it in before if it.hours > 7 * 24]
    engaged = {number: sum(number in link[:2] for link in links) for number in (3, 4)}

    metrics = group_metrics(group, now=now)

    assert (metrics.events_this_month, metrics.events_this_week) == (len(month), len(week))
    assert metrics.revenue_this_month == sum(it.revenue for it in month)
    assert metrics.active_users == len({it.actor for it in week if it.actor is not None})
    assert metrics.trending_up == (len(week) > len(before))
    assert metrics.is_active == bool(month)
    assert (metrics.user_count, metrics.total_entities) == (members, len(things))
    assert metrics.avg_events_per_user == (len(month) / members if members else 0)
    assert {row.id: row.connections for row in metrics.top_content_by_engagement} == {things[n].pk: count for n, count in engaged.items()}
    assert metrics.average_engagement_per_content == sum(engaged.values()) / 2
    days = group_days(group, first=now.date() - 45 * DAY, last=now.date())
    by_day = Counter((now - it.hours * HOUR).astimezone(UTC).date() for it in happened)
    assert {row.day: row.events for row in days if row.events} == dict(by_day)
    assert sum(row.revenue for row in days) == sum(it.revenue for it in happened)


def _same_links(things: Sequence[Thing], links: set[tuple[int, int, str]]) -> None:
    for number, thing in enumerate(things):
        inbound, outbound = [link for link in links if link[1] == number], [link for link in links if link[0] == number]

        summary = thing_summary(thing)

        assert (summary.inbound_count, summary.outbound_count) == (len(inbound), len(outbound))
        assert summary.total_connections == len(inbound) + len(outbound)
        assert summary.connection_types.inbound == sorted({kind for *_, kind in inbound})
        assert summary.connection_types.outbound == sorted({kind for *_, kind in outbound})
        assert {it.thing.pk for it in summary.inbound} == {things[a].pk for a, _, _ in inbound}
