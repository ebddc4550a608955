"""Metrics computed from rows: a group's counts and revenue, the sizes of tables."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ontology.metrics import GroupSize, Happened, TypeCount, group_counts, group_happened, group_metrics, group_sizes, table_sizes
from ontology.metrics import counts as metrics
from ontology.models import Group, Thing
from tests.factories import MOMENT, make_connection, make_event, make_group, make_knowledge, make_membership, make_thing

pytestmark = pytest.mark.django_db


def test_group_counts__every_dimension_of_this_group_alone() -> None:
    group = make_group()
    other = make_group(parent=group)
    make_membership(group)
    make_membership(other)
    hub = make_thing(group)
    make_connection(group, make_thing(group), hub)
    make_thing(group, type="creator")
    make_thing(group, deleted_at=MOMENT)
    make_thing(other)
    make_event(group, timestamp=timezone.now() - timedelta(days=29))
    make_event(group, timestamp=timezone.now() - timedelta(days=31))
    make_event(other)
    make_knowledge(group)
    make_knowledge(group, deleted_at=MOMENT)

    counts = group_counts(group)

    assert counts.people == 1
    assert counts.things == [TypeCount("product", 2), TypeCount("creator", 1)]
    assert counts.things_total == 3
    assert counts.connections == [TypeCount("purchased", 1)]
    assert counts.connections_total == 1
    assert (counts.events, counts.events_recent) == (2, 1)
    assert counts.knowledge_total == 1
    assert counts.took_ms > 0


def test_group_counts__of_an_empty_group() -> None:
    counts = group_counts(make_group())

    assert (counts.people, counts.things_total, counts.connections_total, counts.events, counts.knowledge_total) == (0, 0, 0, 0, 0)
    assert (counts.revenue, counts.revenue_recent) == (Decimal(0), Decimal(0))


def test_group_counts__five_queries() -> None:
    group = make_group()

    with CaptureQueriesContext(connection) as captured:
        group_counts(group)

    assert len(captured) == 5


def test_group_happened__by_the_rules_of_the_event_types() -> None:
    group, now = make_group(), timezone.now()
    paid = {"status": "processed", "amount": 10.5, "currency": "USD"}
    make_event(group, type="payment_event", metadata=paid, timestamp=now)
    make_event(group, type="payment_event", metadata=paid)
    make_event(group, type="payment_event", metadata={**paid, "status": "failed"})
    make_event(group, type="payment_event", metadata={**paid, "amount": "ten"})
    make_event(group, type="revenue_generated", metadata={"amount": 0.1})
    make_event(group, type="content_event", metadata=paid)
    make_event(make_group(), type="payment_event", metadata=paid)

    happened = group_happened(group, since=now - timedelta(days=1))

    assert happened == Happened(events=6, events_recent=1, revenue=Decimal("21.1"), revenue_recent=Decimal("10.5"))


def test_table_sizes__exact_while_small() -> None:
    make_thing(make_group())

    sizes = {size.model: size for size in table_sizes([Group, Thing])}

    assert (sizes[Thing].rows, sizes[Thing].is_estimate, sizes[Thing].is_floor) == (1, False, False)


def test_table_sizes__estimated_when_big(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "COUNTED_EXACTLY_MAX", 2)
    group = make_group()
    for _ in range(5):
        make_thing(group)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ontology_thing")

    (size,) = table_sizes([Thing])

    assert (size.rows, size.is_estimate) == (5, True)


def test_table_sizes__big_and_never_analysed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "COUNTED_EXACTLY_MAX", 2)
    monkeypatch.setattr(metrics, "statement", lambda name: "SELECT name, 0::bigint FROM unnest(%s::text[]) AS named (name)")
    group = make_group()
    for _ in range(5):
        make_thing(group)

    (size,) = table_sizes([Thing])

    assert (size.rows, size.is_estimate, size.is_floor) == (2, False, True)


def test_group_sizes__counted_up_to_a_limit_in_one_query(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "COUNTED_EXACTLY_MAX", 2)
    full, empty = make_group(), make_group()
    link = make_connection(full)
    make_thing(full, deleted_at=MOMENT)
    make_thing(full)
    make_thing(full)
    make_event(full, actor=link.from_thing, timestamp=MOMENT - timedelta(days=1))
    make_event(full)

    with CaptureQueriesContext(connection) as captured:
        sizes = group_sizes([full, empty])

    assert len(captured) == 1
    assert sizes == {
        full.pk: GroupSize(things=3, connections=1, events=2, latest_event=MOMENT),
        empty.pk: GroupSize(things=0, connections=0, events=0, latest_event=None),
    }


def test_group_metrics__storage_is_of_live_rows_alone() -> None:
    group = make_group()
    before = group_metrics(group).storage_used
    make_thing(group, name="Ann", properties={"a": "x" * 5_000})
    make_thing(group, properties={"a": 1}, deleted_at=MOMENT)

    assert before == 0
    assert 5_000 < group_metrics(group).storage_used < 5_100
