"""Pages of custom metrics: staff define a safe, named question about a group's events."""

import uuid
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from ontology.admin.fields import JsonField
from ontology.admin.listing import type_choices
from ontology.admin.parts import badge, json_line, link, moment_text
from ontology.admin.site import staff_actor
from ontology.admin.unfolded import AutocompleteFilter, ChoiceFilter, Select
from ontology.admin.writing import ServiceAdmin, ServiceForm
from ontology.choices import Aggregate
from ontology.models import CustomMetric, EventType, Group
from ontology.services.access import demand_active
from ontology.services.custom_metrics import MetricFields, custom_metric_create, custom_metric_remove, custom_metric_update

CONDITIONS_HELP = (
    'Which events count, as a JSON list; all must hold. Each names a key of the metadata and what it must be: {"key": "status", "is": "processed"}; '
    "beside is there are not, min, max (numbers) and has (true or false). Empty: every event of the type."
)


class CustomMetricForm(ServiceForm):
    """A metric to be made or changed."""

    event_type = forms.ChoiceField(required=False, widget=Select())
    conditions = JsonField(kind=list, help_text=CONDITIONS_HELP)

    class Meta:
        model = CustomMetric
        fields = (*("group", "name", "title", "description", "event_type", "conditions", "aggregate", "sum_key", "window_days", "unit", "active"),)
        help_texts = {
            "name": "Its name in the API: lower-case letters, digits and _.",
            "sum_key": "The number of the metadata to sum; only with that.",
            "window_days": "Over so many UTC days, today the last; blank: over all time.",
            "unit": "What the value counts in, such as USD.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "event_type" in self.fields:
            cast(forms.ChoiceField, self.fields["event_type"]).choices = type_choices(EventType, blank="Events of every type")


@admin.register(CustomMetric)
class CustomMetricAdmin(ServiceAdmin[CustomMetric]):
    """Custom metrics by group and name; their values stand on the group's page and in the API."""

    form = CustomMetricForm
    list_display = ("title", "group_link", "question", "window", "state_badge", "changed")
    list_filter = (("group", AutocompleteFilter), ("aggregate", ChoiceFilter))
    list_select_related = ("group",)
    ordering = ("group__slug", "name")
    search_fields = ("title", "name")
    search_part = ("title", "name")
    search_help_text = "Part of a title or name"
    autocomplete_fields = ("group",)
    actions = ("remove",)
    fieldsets = (
        (None, {"fields": ("group", "name", "title", "description", "active")}),
        ("The question", {"fields": ("event_type", "conditions", "aggregate", "sum_key", "window_days", "unit")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[CustomMetric]:
        """All metrics with their groups."""
        return super().get_queryset(request).select_related("group")

    def get_readonly_fields(self, request: HttpRequest, obj: CustomMetric | None = None) -> tuple[str, ...]:
        """A metric stays with its group and name: programs ask for it by both."""
        return ("group", "name") if obj is not None else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The group that a group's page linked from."""
        return {"group": request.GET.get("group", "")}

    def write(self, request: HttpRequest, obj: CustomMetric, form: Any, *, change: bool) -> uuid.UUID:
        """Makes the metric, or changes what differs."""
        given, actor = form.cleaned_data, staff_actor(request)
        names = [name for name in MetricFields.__annotations__ if name in given and (not change or name in form.changed_data)]
        fields = cast(MetricFields, {name: given[name] for name in names})
        demand_active(obj.group if change else given["group"])
        if change:
            return custom_metric_update(obj.pk, fields, actor=actor).pk
        return custom_metric_create(given["group"], given["name"], fields, actor=actor).pk

    @admin.action(description="Remove", permissions=["change"])
    def remove(self, request: HttpRequest, queryset: QuerySet[CustomMetric]) -> None:
        """Removes each chosen metric; its event keeps the definition."""
        chosen = list(queryset)
        for metric in chosen:
            custom_metric_remove(metric.pk, actor=staff_actor(request))
        self.message_user(request, f"{len(chosen):,} {'metric was' if len(chosen) == 1 else 'metrics were'} removed.")

    @admin.display(description="Group")
    def group_link(self, row: CustomMetric) -> SafeString | str:
        """The group's page."""
        return link(Group, row.group_id, row.group)

    @admin.display(description="Question")
    def question(self, row: CustomMetric) -> str:
        """What it asks, in a line."""
        what = {Aggregate.COUNT: "count", Aggregate.SUM: f"sum of {row.sum_key}", Aggregate.DISTINCT_ACTORS: "distinct actors"}[
            Aggregate(row.aggregate)
        ]
        where = f" where {json_line(row.conditions)}" if row.conditions else ""
        return f"{what} of {row.event_type or 'all events'}{where}"

    @admin.display(description="Window")
    def window(self, row: CustomMetric) -> str:
        """Over which days."""
        return "all time" if row.window_days is None else f"{row.window_days:,} days"

    @admin.display(description="State")
    def state_badge(self, row: CustomMetric) -> SafeString:
        """Whether it is asked."""
        return badge("green", "Active") if row.active else badge("grey", "Off")

    @admin.display(description="Last changed (UTC)")
    def changed(self, row: CustomMetric) -> str:
        """When it was last changed."""
        return moment_text(row.updated_at)
