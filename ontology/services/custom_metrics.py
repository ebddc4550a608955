"""Custom metrics: made, changed and removed by staff."""

import uuid
from collections.abc import Mapping
from typing import Any, TypedDict

from django.db import transaction

from ontology.errors import FieldRefused, ItemRefused
from ontology.models import CarriedMetric, CustomMetric, EventType, Group
from ontology.services.actor import Actor
from ontology.services.record import event_record
from ontology.validation.custom_metrics import conditions_path, metric_faults
from ontology.validation.problems import problems_at

METRICS_MAX = 50
"""In one group: a dashboard asks them all at once."""
FORMULA = ("event_type", "conditions", "aggregate", "sum_key", "window_days")


class MetricFields(TypedDict, total=False):
    """What a custom metric is made of; what is left out stays, or is as the model has it."""

    title: str
    description: str
    event_type: str
    conditions: list[dict[str, Any]]
    aggregate: str
    sum_key: str
    window_days: int | None
    unit: str
    active: bool


@transaction.atomic
def custom_metric_create(group: Group, name: str, fields: MetricFields, *, actor: Actor | None = None) -> CustomMetric:
    """A new metric of GROUP, with its event. Raises ItemRefused with every problem, FieldRefused for a name that is taken or one metric too many."""
    metric = CustomMetric(group=group, name=name, **fields)
    _check(metric)
    if CustomMetric.objects.filter(group=group, name=name).exists():
        raise FieldRefused("name", f"This group has a metric {name} already; change that one.")
    if CustomMetric.objects.filter(group=group).count() >= METRICS_MAX:
        raise FieldRefused("name", f"This group has {METRICS_MAX} custom metrics, and more are not kept; remove one first.")
    metric.save(force_insert=True)
    _record(metric, "made", {}, _told(metric), actor)
    return metric


@transaction.atomic
def custom_metric_update(metric_id: uuid.UUID, fields: MetricFields, *, actor: Actor | None = None) -> CustomMetric:
    """The metric with FIELDS changed, and its event; nothing is written when nothing changes. Raises ItemRefused with every problem.

    With another formula the events that are cold already are no longer part of it until their batches are carried anew (`CustomMetric.formula_since`).
    """
    metric = _locked(metric_id)
    old = _told(metric)
    for name, value in fields.items():
        setattr(metric, name, value)
    _check(metric)
    new = _told(metric)
    changed = [name for name in new if new[name] != old[name]]
    if changed:
        metric.save()
        _record(metric, "changed", {name: old[name] for name in changed}, {name: new[name] for name in changed}, actor)
    return metric


@transaction.atomic
def custom_metric_remove(metric_id: uuid.UUID, *, actor: Actor | None = None) -> None:
    """Removes the metric and what was carried for it; its event keeps the definition."""
    metric = _locked(metric_id)
    _record(metric, "removed", _told(metric), {}, actor)
    CarriedMetric.objects.filter(group=metric.group_id, metric=metric).delete()
    metric.delete()


def _locked(metric_id: uuid.UUID) -> CustomMetric:
    return CustomMetric.objects.select_related("group").select_for_update(of=("self",)).get(pk=metric_id)


def _check(metric: CustomMetric) -> None:
    """Raises ItemRefused; writes the conditions as the database asks them."""
    known = frozenset(EventType.objects.values_list("name", flat=True))
    faults = metric_faults({name: getattr(metric, name) for name in ("name", "title", *FORMULA)}, known)
    if faults:
        raise ItemRefused(problems_at(0, faults))
    metric.path, metric.path_values = conditions_path(metric.conditions)


def _told(metric: CustomMetric) -> dict[str, Any]:
    return {name: getattr(metric, name) for name in ("name", "title", "description", *FORMULA, "unit", "active")}


def _record(metric: CustomMetric, change: str, old: Mapping[str, Any], new: Mapping[str, Any], actor: Actor | None) -> None:
    told = {"customMetric": metric.name, "change": change, "changes": list(new or old), "old": dict(old), "new": dict(new)}
    event_record(metric.group, "settings_updated", actor=actor, metadata=told)
