"""Metrics that staff define for a group."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from ontology.choices import Aggregate
from ontology.models.constraints import json_is, one_of
from ontology.models.group import Group
from ontology.models.row import Row


class CustomMetric(Row):
    """A named question about the events of one group: of which type, which of them, and what of them is counted, over which days.

    `conditions` is a list of `{key, is: …}` objects as people write them (see validation/custom_metrics.py); `path` is the same as a jsonpath predicate
    and `path_values` the values it names, which is how the database asks it. `window_days` are UTC days, today the last of them; null: all time.
    What is carried follows the formula: a change of it empties CarriedMetric and moves `formula_since` (by trigger), and events that went cold
    before that moment are missing until their batches are carried anew.
    """

    group = models.ForeignKey(Group, on_delete=models.PROTECT, db_index=False, related_name="custom_metrics")
    name = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    event_type = models.CharField(max_length=100, blank=True, default="", help_text="Blank: events of every type.")
    conditions = models.JSONField(default=list, blank=True)
    path = models.TextField(blank=True, default="", editable=False)
    path_values = models.JSONField(default=dict, blank=True, editable=False)
    aggregate = models.CharField(max_length=20, choices=Aggregate, default=Aggregate.COUNT)
    sum_key = models.CharField(max_length=100, blank=True, default="")
    window_days = models.PositiveIntegerField(null=True, blank=True)
    unit = models.CharField(max_length=20, blank=True, default="")
    active = models.BooleanField(default=True)
    formula_since = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("group", "name")
        constraints = (
            models.UniqueConstraint(fields=["group", "id"], name="custom_metric_id_is_unique_in_group"),
            models.UniqueConstraint(fields=["group", "name"], name="custom_metric_name_is_unique_in_group"),
            models.CheckConstraint(condition=Q(name__regex=r"^[a-z][a-z0-9_]*$"), name="custom_metric_name_is_snake_case"),
            one_of("aggregate", Aggregate.values, "custom_metric_aggregate_is_known"),
            models.CheckConstraint(
                condition=Q(aggregate=Aggregate.SUM) & ~Q(sum_key="") | ~Q(aggregate=Aggregate.SUM) & Q(sum_key=""),
                name="custom_metric_sums_a_key",
            ),
            models.CheckConstraint(
                condition=Q(window_days__isnull=True) | Q(window_days__gte=1, window_days__lte=3660), name="custom_metric_window_is_1_to_3660_days"
            ),
            json_is("conditions", "array", "custom_metric_conditions_is_list"),
            json_is("path_values", "object", "custom_metric_path_values_is_object"),
        )

    def __str__(self) -> str:
        return self.title
