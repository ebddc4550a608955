"""Custom metrics: what staff may ask, what is found hot and cold, and what an answer lacks."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ontology.errors import FieldRefused, ItemRefused
from ontology.metrics import custom_metrics
from ontology.models import CarriedMetric, CustomMetric, Event, Group, Thing
from ontology.services.carried import carried_remove
from ontology.services.custom_metrics import custom_metric_create, custom_metric_remove, custom_metric_update
from ontology.validation.custom_metrics import conditions_path, metric_faults
from tests.cold import events_cool
from tests.factories import make_custom_metric, make_event, make_group, make_thing

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SOUND: dict[str, Any] = {
    "name": "paid",
    "title": "Paid",
    "event_type": "payment_event",
    "conditions": [],
    "aggregate": "count",
    "sum_key": "",
    "window_days": None,
}


@pytest.fixture
def group() -> Group:
    return make_group()


@pytest.fixture
def actors(group: Group) -> list[Thing]:
    return [make_thing(group, type="creator") for _ in range(2)]


def payments(group: Group, actors: list[Thing]) -> None:
    """Six payments of two actors, of which one has no amount, one is 40 days old, and one failed."""
    now = timezone.now()
    for days, actor, metadata in (
        (0, 0, {"status": "processed", "amount": 10}),
        (1, 0, {"status": "processed", "amount": 2.5, "tags": ["gift", "new"]}),
        (1, 1, {"status": "processed", "amount": "9"}),
        (5, 1, {"status": "failed", "amount": 100}),
        (9, 1, {"status": "processed", "amount": 50, 'it\'s "odd"': True}),
        (40, 0, {"status": "processed", "amount": 1000}),
    ):
        make_event(group, type="payment_event", actor=actors[actor], metadata=metadata, timestamp=now - days * DAY)
    make_event(group, type="content_event", actor=actors[0], metadata={"amount": 7}, timestamp=now)


def answered(group: Group, name: str) -> tuple[int, int]:
    """The value, and the cold events that are missing from it."""
    found = next(it for it in custom_metrics(group).items if it.metric.name == name)
    return int(found.value), found.cold_events_missing


ASKED: list[tuple[dict[str, Any], str]] = [
    ({}, "6"),
    ({"event_type": ""}, "22"),  # the records of these fifteen metrics are events too
    ({"window_days": 10}, "5"),
    ({"window_days": 1}, "1"),
    ({"conditions": [{"key": "status", "is": "processed"}]}, "5"),
    ({"conditions": [{"key": "status", "not": "processed"}]}, "1"),
    ({"conditions": [{"key": "coupon", "not": "x"}]}, "6"),
    ({"conditions": [{"key": "amount", "min": 10, "max": 100}]}, "3"),
    ({"conditions": [{"key": "tags", "is": "gift"}]}, "1"),
    ({"conditions": [{"key": "tags", "has": False}]}, "5"),
    ({"conditions": [{"key": 'it\'s "odd"', "is": True}]}, "1"),
    ({"aggregate": "sum", "sum_key": "amount"}, "1162.5"),
    ({"aggregate": "sum", "sum_key": "amount", "conditions": [{"key": "status", "is": "processed"}], "window_days": 30}, "62.5"),
    ({"aggregate": "distinct_actors"}, "2"),
    ({"aggregate": "distinct_actors", "conditions": [{"key": "amount", "min": 1000}]}, "1"),
]


@pytest.mark.parametrize("cold_days", [None, 3, 1, 45])
def test_custom_metrics__the_same_hot_and_cold(group: Group, actors: list[Thing], cold_days: int | None) -> None:
    for number, (fields, _) in enumerate(ASKED):
        custom_metric_create(group, f"m{number}", {"title": "M", "event_type": "payment_event", **fields})  # type: ignore[typeddict-item]
    payments(group, actors)
    if cold_days is not None:
        events_cool(group, before=timezone.now() - cold_days * DAY)

    found = custom_metrics(group)

    by_name = {it.metric.name: it for it in found.items}
    assert {number: by_name[f"m{number}"].value for number in range(len(ASKED))} == {n: Decimal(text) for n, (_, text) in enumerate(ASKED)}
    assert {it.cold_events_missing for it in found.items} == {0}
    assert [day.value for day in by_name["m0"].days] == [*[0] * 20, 1, 0, 0, 0, 1, 0, 0, 0, 2, 1]


def test_custom_metrics__defined_after_the_archiving_say_what_they_lack(group: Group, actors: list[Thing]) -> None:
    payments(group, actors)
    events_cool(group, before=timezone.now() - 3 * DAY)

    custom_metric_create(group, "big", {"title": "Big", "event_type": "payment_event", "conditions": [{"key": "amount", "min": 10}]})
    custom_metric_create(group, "recent", {"title": "Recent", "conditions": [{"key": "amount", "min": 10}], "window_days": 7})
    custom_metric_create(group, "all", {"title": "All", "event_type": "payment_event"})

    assert answered(group, "big") == (1, 3)
    assert answered(group, "recent") == (1, 1)
    assert answered(group, "all") == (6, 0)


def test_custom_metrics__whole_again_when_batches_are_carried_anew(group: Group, actors: list[Thing]) -> None:
    payments(group, actors)
    restored = list(Event.objects.in_group(group).filter(timestamp__lt=timezone.now() - 3 * DAY))
    batch = restored[0].pk
    events_cool(group, before=timezone.now() - 3 * DAY, batch=batch)
    custom_metric_create(group, "big", {"title": "Big", "event_type": "payment_event", "conditions": [{"key": "amount", "min": 10}]})

    carried_remove(group, batch)
    Event.objects.bulk_create(restored)
    events_cool(group, before=timezone.now() - 3 * DAY, batch=batch)

    assert answered(group, "big") == (4, 0)


def test_custom_metrics__three_queries_however_many(group: Group) -> None:
    for number in range(4):
        make_custom_metric(group, name=f"m{number}")

    with CaptureQueriesContext(connection) as many:
        custom_metrics(group)
    with CaptureQueriesContext(connection) as none:
        custom_metrics(make_group())

    assert (len(many), len(none) - 1) == (3, 1)


def test_custom_metric_create__leaves_an_event_and_is_once_in_a_group(group: Group) -> None:
    made = custom_metric_create(group, "paid", {"title": "Paid", "event_type": "payment_event", "conditions": [{"key": "status", "is": "ok"}]})

    with pytest.raises(FieldRefused, match="has a metric paid already"):
        custom_metric_create(group, "paid", {"title": "Twice"})
    (event,) = Event.objects.in_group(group)
    assert (event.type, event.metadata["change"], event.metadata["customMetric"]) == ("settings_updated", "made", "paid")
    assert (made.path, made.path_values) == ('exists($."status" ? (@ == $v0))', {"v0": "ok"})


def test_custom_metric_update__tells_from_what_to_what(group: Group) -> None:
    made = custom_metric_create(group, "paid", {"title": "Paid"})

    custom_metric_update(made.pk, {"title": "Paid"})
    custom_metric_update(made.pk, {"title": "Payments", "window_days": 7})

    event = Event.objects.in_group(group).latest("timestamp")
    assert (event.metadata["old"], event.metadata["new"]) == ({"title": "Paid", "window_days": None}, {"title": "Payments", "window_days": 7})
    assert Event.objects.in_group(group).count() == 2


def test_custom_metric_remove__with_what_was_carried(group: Group, actors: list[Thing]) -> None:
    made = custom_metric_create(group, "amounts", {"title": "Amounts", "aggregate": "sum", "sum_key": "amount"})
    payments(group, actors)
    events_cool(group, before=timezone.now() - 3 * DAY)
    assert CarriedMetric.objects.count() > 0

    custom_metric_remove(made.pk)

    assert (CustomMetric.objects.count(), CarriedMetric.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "Big Sales"}, "name"),
        ({"title": " "}, "title"),
        ({"event_type": "unheard_of"}, "event_type"),
        ({"aggregate": "median"}, "aggregate"),
        ({"aggregate": "sum"}, "sum_key"),
        ({"sum_key": "amount"}, "sum_key"),
        ({"window_days": 0}, "window_days"),
        ({"conditions": {}}, "conditions"),
        ({"conditions": ["status"]}, "conditions[0]"),
        ({"conditions": [{"key": "status"}]}, "conditions[0]"),
        ({"conditions": [{"key": "", "is": 1}]}, "conditions[0].key"),
        ({"conditions": [{"key": "a", "like": "x"}]}, "conditions[0]"),
        ({"conditions": [{"key": "a", "is": [1]}]}, "conditions[0].is"),
        ({"conditions": [{"key": "a", "min": "1"}]}, "conditions[0].min"),
        ({"conditions": [{"key": "a", "has": 1}]}, "conditions[0].has"),
        ({"conditions": [{"key": "a", "is": "\0"}]}, "conditions[0].is"),
    ],
)
def test_metric_faults__names_the_field(fields: dict[str, Any], field: str) -> None:
    assert [fault[0] for fault in metric_faults({**SOUND, **fields}, frozenset({"payment_event"}))] == [field]


def test_custom_metric_create__refused_writes_nothing(group: Group) -> None:
    with pytest.raises(ItemRefused):
        custom_metric_create(group, "paid", {"title": "Paid", "window_days": 0})

    assert (CustomMetric.objects.count(), Event.objects.count()) == (0, 0)


def test_conditions_path__values_are_bound_and_keys_are_quoted() -> None:
    path, values = conditions_path([{"key": 'a" ? (true)', "is": '"; DROP'}, {"key": "b", "min": 1, "has": True}])

    assert path == 'exists($."a\\" ? (true)" ? (@ == $v0)) && exists($."b") && exists($."b" ? (@ >= $v1))'
    assert values == {"v0": '"; DROP', "v1": 1}
