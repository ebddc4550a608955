"""Pages of plans and their limits, and all plans side by side."""

import uuid
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.safestring import SafeString

from ontology.admin.confirming import demand_confirmation
from ontology.admin.parts import badge, link
from ontology.admin.site import staff_actor
from ontology.admin.unfolded import ChoiceFilter
from ontology.admin.writing import ServiceAdmin, ServiceForm
from quotas.admin.prices import pricing_columns
from quotas.amounts import amount_text
from quotas.models import Plan, PlanLimit
from quotas.pricing import money_text
from quotas.services.plan_edits import limit_change, plan_edit


class PlanForm(ServiceForm):
    """A plan to be changed."""

    class Meta:
        model = Plan
        fields = ("title", "description", "monthly_cents", "annual_cents", "is_default", "active")


@admin.register(Plan)
class PlanAdmin(ServiceAdmin[Plan]):
    """Plans with their prices."""

    form = PlanForm
    list_display = ("title", "name", "monthly", "annual", "default_badge", "offered")
    ordering = ("position",)
    fields = ("title", "description", "monthly_cents", "annual_cents", "is_default", "active")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Plans are shipped: three of them. A fourth is a decision that comes with code."""
        return False

    def write(self, request: HttpRequest, obj: Plan, form: Any, *, change: bool) -> uuid.UUID:
        """Changes what differs; the key of a plan is its word."""
        demand_confirmation(request, "Changing a plan")
        given = {name: form.cleaned_data[name] for name in PlanForm.Meta.fields if name in form.changed_data}
        plan_edit(Plan(pk=obj.pk), given, actor=staff_actor(request))
        return obj.pk  # type: ignore[return-value]

    def get_urls(self) -> list[Any]:
        """The page of all plans besides."""
        return [path("pricing/", self.admin_site.admin_view(self.pricing), name="quotas_pricing"), *super().get_urls()]

    def pricing(self, request: HttpRequest) -> HttpResponse:
        """All plans side by side, by month or by year."""
        yearly = request.GET.get("by") == "year"
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": "Plans and prices", "yearly": yearly}
        return TemplateResponse(request, "admin/quotas/pricing.html", {**context, "columns": pricing_columns(yearly=yearly)})

    @admin.display(description="A month")
    def monthly(self, plan: Plan) -> str:
        """Its price a month."""
        return money_text(plan.monthly_cents)

    @admin.display(description="A year")
    def annual(self, plan: Plan) -> str:
        """Its price a year."""
        return money_text(plan.annual_cents)

    @admin.display(description="By default")
    def default_badge(self, plan: Plan) -> SafeString | str:
        """Whether groups without a plan are on it."""
        return badge("blue", "Default") if plan.is_default else ""

    @admin.display(description="Offered")
    def offered(self, plan: Plan) -> SafeString:
        """Whether groups may still change to it."""
        return badge("green", "Offered") if plan.active else badge("grey", "Not offered")


class LimitForm(ServiceForm):
    """A limit of a plan."""

    class Meta:
        model = PlanLimit
        fields = ("value", "is_hard", "overage_unit", "overage_cents")


@admin.register(PlanLimit)
class PlanLimitAdmin(ServiceAdmin[PlanLimit]):
    """Limits of plans; changing one changes what every group on the plan may use."""

    form = LimitForm
    list_display = ("metric_name", "plan_link", "limit_text", "kind", "overage")
    list_filter = (("metric", ChoiceFilter),)
    list_select_related = ("plan",)
    ordering = ("plan__position", "metric", "per", "span")
    readonly_fields = ("plan", "metric", "per", "type_name", "span")
    fields = ("plan", "metric", "per", "type_name", "span", "value", "is_hard", "overage_unit", "overage_cents")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Overrides give a group further limits; a plan has one for each metric."""
        return False

    def write(self, request: HttpRequest, obj: PlanLimit, form: Any, *, change: bool) -> uuid.UUID:
        """Changes what differs."""
        demand_confirmation(request, "Changing a limit of a plan")
        given = {name: form.cleaned_data[name] for name in LimitForm.Meta.fields if name in form.changed_data}
        return limit_change(PlanLimit(pk=obj.pk), given, actor=staff_actor(request)).pk

    @admin.display(description="Metric")
    def metric_name(self, limit: PlanLimit) -> str:
        """What is limited."""
        return limit.words

    @admin.display(description="Plan")
    def plan_link(self, limit: PlanLimit) -> SafeString | str:
        """The plan's page."""
        return link(Plan, limit.plan_id, limit.plan)

    @admin.display(description="Limit")
    def limit_text(self, limit: PlanLimit) -> str:
        """The most there may be."""
        return amount_text(limit.metric, limit.value)

    @admin.display(description="Kind")
    def kind(self, limit: PlanLimit) -> SafeString:
        """Whether it refuses."""
        return badge("blue", "Hard") if limit.is_hard else badge("grey", "Soft")

    @admin.display(description="More costs")
    def overage(self, limit: PlanLimit) -> str:
        """What a lot beyond it costs."""
        if limit.overage_unit is None:
            return ""
        return f"{money_text(limit.overage_cents)} for {amount_text(limit.metric, limit.overage_unit)}"
