"""Pages of overrides: other limits for one group, each with a reason, a giver and perhaps an end."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from ontology.admin.confirming import demand_confirmation
from ontology.admin.listing import as_uuid
from ontology.admin.parts import badge, link, moment_text
from ontology.admin.site import staff_actor
from ontology.admin.unfolded import AutocompleteFilter, ChoiceFilter
from ontology.admin.writing import ServiceAdmin, ServiceForm
from ontology.models import Group, Person
from quotas.amounts import amount_text
from quotas.models import Override
from quotas.services.plans import override_end, override_give


class OverrideForm(ServiceForm):
    """An override to be given."""

    class Meta:
        model = Override
        fields = ("group", "metric", "value", "is_hard", "per", "type_name", "span", "reason", "expires_at")
        labels = {"value": "Limit", "per": "Counted for", "type_name": "Type of things", "span": "Window", "expires_at": "Ends at"}
        help_texts = {
            "type_name": "Only for a limit of one type of things, such as note.",
            "span": "Only for calls of the API: a window beside the month.",
            "expires_at": "UTC; empty: for good.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "reason" in self.fields:
            self.fields["reason"].widget.attrs["maxlength"] = 500
        if "expires_at" in self.fields:
            self.fields["expires_at"].required = False


@admin.register(Override)
class OverrideAdmin(ServiceAdmin[Override]):
    """Overrides, the latest first. They are never changed: end one and give another, so that the record says who allowed what, when and why."""

    form = OverrideForm
    list_display = ("metric_name", "group_link", "limit_text", "kind", "reason", "giver", "since", "until", "state")
    list_filter = (("group", AutocompleteFilter), ("metric", ChoiceFilter))
    list_select_related = ("group", "given_by")
    ordering = ("-id",)
    autocomplete_fields = ("group",)
    fields = OverrideForm.Meta.fields
    actions = ("end_now",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Override]:
        """Overrides with what their pages name."""
        return super().get_queryset(request).select_related("group", "given_by")

    def has_change_permission(self, request: HttpRequest, obj: Override | None = None) -> bool:
        """A given override is read; the list's action ends it."""
        return obj is None and super().has_change_permission(request)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The group and metric that a group's page linked from."""
        return {"group": as_uuid(request.GET.get("group", "")), "metric": request.GET.get("metric", "")}

    def write(self, request: HttpRequest, obj: Override, form: Any, *, change: bool) -> uuid.UUID:
        """Gives it, once the password was given again."""
        demand_confirmation(request, "Giving a group another limit")
        given: dict[str, Any] = {name: form.cleaned_data[name] for name in OverrideForm.Meta.fields}
        return override_give(given.pop("group"), given.pop("metric"), given.pop("value"), given.pop("reason"), **given, actor=staff_actor(request)).pk

    @admin.action(description="End now", permissions=["add"])
    def end_now(self, request: HttpRequest, queryset: QuerySet[Override]) -> None:
        """Ends each chosen override that is in force or still to come."""
        demand_confirmation(request, "Ending an override")
        for row in queryset:
            override_end(row, actor=staff_actor(request))
        self.message_user(request, "They have ended; the limits of the plan are in force again.", messages.SUCCESS)

    @admin.display(description="Metric")
    def metric_name(self, row: Override) -> str:
        """What is limited."""
        return row.words

    @admin.display(description="Group")
    def group_link(self, row: Override) -> SafeString | str:
        """The group's page."""
        return link(Group, row.group_id, row.group)

    @admin.display(description="Limit")
    def limit_text(self, row: Override) -> str:
        """The most there may be."""
        return amount_text(row.metric, row.value)

    @admin.display(description="Kind")
    def kind(self, row: Override) -> SafeString:
        """Whether it refuses."""
        return badge("blue", "Hard") if row.is_hard else badge("grey", "Soft")

    @admin.display(description="Given by")
    def giver(self, row: Override) -> SafeString | str:
        """The person's page."""
        return link(Person, row.given_by_id, row.given_by)

    @admin.display(description="From (UTC)")
    def since(self, row: Override) -> str:
        """When it begins."""
        return moment_text(row.starts_at)

    @admin.display(description="Until (UTC)")
    def until(self, row: Override) -> str:
        """When it ends."""
        return moment_text(row.expires_at)

    @admin.display(description="State")
    def state(self, row: Override) -> SafeString:
        """Whether it is in force."""
        now = timezone.now()
        if row.expires_at is not None and row.expires_at <= now:
            return badge("grey", "Ended")
        return badge("green", "In force") if row.starts_at <= now else badge("blue", "To come")
