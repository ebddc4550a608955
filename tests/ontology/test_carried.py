"""What metrics keep of events that go cold: rows by day, by target and by custom metric, and back."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from ontology.ids import uuid7
from ontology.isolation import acting
from ontology.models import CarriedEvents, CarriedMetric, CarriedTargets, CustomMetric, Event
from ontology.services.carried import Carried, carried_remove, events_carry
from ontology.sql import statement
from tests.cold import events_cool
from tests.factories import MOMENT, make_event, make_group, make_thing
from tests.roles import as_role, scope_of

pytestmark = pytest.mark.django_db

PAID = {"status": "processed", "amount": 10.25}
HOUR = timedelta(hours=1)


def test_events_carry__a_row_per_day_type_and_actor() -> None:
    group = make_group()
    ann, song = make_thing(group, type="creator"), make_thing(group)
    make_event(group, type="payment_event", actor=ann, target=song, metadata=PAID)
    make_event(group, type="payment_event", actor=ann, metadata={**PAID, "amount": 0.1}, timestamp=MOMENT + HOUR)
    make_event(group, type="payment_event", actor=ann, metadata={**PAID, "status": "failed"}, timestamp=MOMENT + 2 * HOUR)
    make_event(group, type="content_event", actor=ann, target=song, timestamp=MOMENT + timedelta(days=1))
    make_event(group, type="content_event", target=song)

    carried = events_cool(group, before=datetime(2026, 4, 1, tzinfo=UTC))

    assert carried == Carried(events=5, day_rows=3, target_rows=2, metric_rows=0)
    assert Event.objects.count() == 0
    rows = CarriedEvents.objects.order_by("day", "type").values_list("day", "type", "actor", "count", "first_at", "last_at", "revenue")
    assert list(rows) == [
        (date(2026, 3, 5), "content_event", None, 1, MOMENT, MOMENT, Decimal(0)),
        (date(2026, 3, 5), "payment_event", ann.pk, 3, MOMENT, MOMENT + 2 * HOUR, Decimal("10.35")),
        (date(2026, 3, 6), "content_event", ann.pk, 1, MOMENT + timedelta(days=1), MOMENT + timedelta(days=1), Decimal(0)),
    ]
    targets = CarriedTargets.objects.order_by("type").values_list("month", "type", "target", "count", "last_at", "revenue")
    assert list(targets) == [
        (date(2026, 3, 1), "content_event", song.pk, 2, MOMENT + timedelta(days=1), Decimal(0)),
        (date(2026, 3, 1), "payment_event", song.pk, 1, MOMENT, Decimal("10.25")),
    ]


def test_events_carry__young_events_moment_by_moment() -> None:
    group, now = make_group(), timezone.now()
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=5)
    for moment in (noon, noon, noon + HOUR):
        make_event(group, timestamp=moment)

    events_cool(group, before=now)

    assert list(CarriedEvents.objects.order_by("first_at").values_list("count", "first_at", "last_at")) == [
        (2, noon, noon),
        (1, noon + HOUR, noon + HOUR),
    ]


def test_events_carry__custom_metrics_that_ask_metadata() -> None:
    group = make_group()
    ann = make_thing(group, type="creator")
    big = CustomMetric.objects.create(
        group=group,
        name="big_payments",
        title="Big payments",
        event_type="payment_event",
        path='exists($."amount" ? (@ >= $v0))',
        path_values={"v0": 10},
        aggregate="sum",
        sum_key="amount",
    )
    CustomMetric.objects.create(group=group, name="all_payments", title="All payments", event_type="payment_event")
    for amount in (9.99, 10, 20.5, "30"):
        make_event(group, type="payment_event", actor=ann, metadata={"amount": amount})
    make_event(group, type="content_event", actor=ann, metadata={"amount": 99})

    carried = events_cool(group, before=datetime(2026, 4, 1, tzinfo=UTC))

    assert carried.metric_rows == 1
    assert list(CarriedMetric.objects.values_list("metric", "day", "actor", "count", "amount")) == [
        (big.pk, date(2026, 3, 5), ann.pk, 2, Decimal("30.5"))
    ]


def test_events_carry__a_batch_once() -> None:
    group, batch = make_group(), uuid7()
    make_event(group)
    events_cool(group, before=MOMENT + HOUR, batch=batch)
    make_event(group)

    with pytest.raises(IntegrityError, match="carried_events_are_carried_once"), transaction.atomic():
        events_cool(group, before=MOMENT + HOUR, batch=batch)

    assert (Event.objects.count(), CarriedEvents.objects.count()) == (1, 1)


def test_carried_remove__that_batch_alone() -> None:
    group, first, second = make_group(), uuid7(), uuid7()
    target = make_thing(group)
    make_event(group, target=target)
    make_event(group, target=target)
    events_cool(group, before=MOMENT + HOUR, batch=first)
    make_event(group, target=target)
    events_cool(group, before=MOMENT + HOUR, batch=second)

    assert carried_remove(group, first) == 2
    assert carried_remove(group, first) == 0
    assert list(CarriedEvents.objects.values_list("batch", "count")) == [(second, 1)]
    assert list(CarriedTargets.objects.values_list("batch", "count")) == [(second, 1)]


def test_carried__rows_of_other_groups_are_out_of_sight() -> None:
    group, other = make_group(), make_group()
    make_event(group)
    make_event(other)
    for owner in (group, other):
        events_cool(owner, before=MOMENT + HOUR)

    with as_role("worker"), acting(scope_of(group)):
        seen = list(CarriedEvents.objects.values_list("group", flat=True))

    assert seen == [group.pk]


def test_events_carry__by_the_role_of_jobs() -> None:
    group = make_group()

    with as_role("worker"), acting(scope_of(group)), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS stage_event")
        cursor.execute(statement("stage_event"))
        cursor.execute("INSERT INTO stage_event (id, type, \"timestamp\", metadata) VALUES (gen_random_uuid(), 'content_event', %s, '{}')", [MOMENT])
        carried = events_carry(group, uuid7())

    assert carried == Carried(events=1, day_rows=1, target_rows=0, metric_rows=0)


def test_custom_metric__another_formula_forgets_what_was_carried() -> None:
    group = make_group()
    metric = CustomMetric.objects.create(group=group, name="amounts", title="Amounts", aggregate="sum", sum_key="amount")
    make_event(group, metadata={"amount": 3})
    events_cool(group, before=MOMENT + HOUR)
    metric.refresh_from_db()
    since = metric.formula_since

    metric.title = "All amounts"
    metric.save()
    metric.refresh_from_db()
    assert (metric.formula_since, CarriedMetric.objects.count()) == (since, 1)

    metric.sum_key = "price"
    metric.save()
    metric.refresh_from_db()
    assert metric.formula_since > since
    assert CarriedMetric.objects.count() == 0
