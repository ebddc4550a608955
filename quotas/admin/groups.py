"""Groups with their quotas: bars on the page, fullness in the list, and the change of the plan."""

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import FloatField, QuerySet
from django.db.models.expressions import RawSQL
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ontology.admin.confirming import confirming, demand_confirmation
from ontology.admin.group_page import Panel
from ontology.admin.groups import GroupAdmin
from ontology.admin.parts import NOTHING, page_url
from ontology.admin.site import staff_actor
from ontology.errors import DomainError
from ontology.models import Group
from quotas.admin.bars import COLOURS, SIGNS, TREND_DAYS, daily_rows, quota_bar
from quotas.admin.prices import upgrade_page
from quotas.amounts import status_of
from quotas.models import Override
from quotas.services.checking import recommendations
from quotas.services.plans import plan_change
from quotas.services.state import group_state
from quotas.sql import statement

admin.site.unregister(Group)


@admin.register(Group)
class QuotaGroupAdmin(GroupAdmin):
    """Groups, how full each is, and what its plan allows."""

    list_display = ("name", "slug", "type", "parent_link", "plan_word", "fullness", "state_badge", "made")
    sortable_by = ("fullness",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        """The groups with their plan, and the percentage of what is nearest to its limit (-1: nothing is limited)."""
        full = RawSQL(statement("group_fullness"), [], output_field=FloatField())  # noqa: S611 -- the text is a file of ours
        return super().get_queryset(request).select_related("subscription__plan").annotate(full=full)

    @admin.display(description="Plan")
    def plan_word(self, group: Group) -> str:
        """Its own plan."""
        subscription = getattr(group, "subscription", None)
        return str(subscription.plan) if subscription is not None else "by default"

    @admin.display(description="Fullness", ordering="full")
    def fullness(self, group: Group) -> SafeString | str:
        """A small bar with its percentage and sign."""
        percent = getattr(group, "full", -1)
        if percent < 0:
            return "no limit"
        status = status_of(round(percent * 10), 1_000, 80, 95)
        return format_html(
            '<span class="sextant-full sextant-full-{}"><span class="sextant-bar" role="meter" aria-label="Fullness" aria-valuemin="0" aria-valuemax="100" '
            'aria-valuenow="{}" aria-valuetext="{} %, {}"><span style="width: {}%"></span></span>'
            '<span class="material-symbols-outlined" aria-hidden="true">{}</span><span class="sextant-number">{} %</span></span>',
            *(COLOURS[status], min(100, int(percent)), percent, status.label, min(100, percent), SIGNS[status], percent),
        )

    def panels(self, request: HttpRequest, group: Group) -> list[Panel]:
        """The bars, first what is nearest to its limit."""
        return [*super().panels(request, group), quota_panel(group, may_change=self.has_change_permission(request, group))]

    def get_urls(self) -> list[Any]:
        """The page where a group changes its plan, before the page of the group."""
        return [path("<uuid:group_id>/plan/", self.admin_site.admin_view(self.plan_view), name="ontology_group_plan"), *super().get_urls()]

    def plan_view(self, request: HttpRequest, group_id: uuid.UUID) -> HttpResponse:
        """What other plans would mean for the group; a POST puts it on one."""
        return confirming(request, lambda: self._plan_view(request, group_id))

    def _plan_view(self, request: HttpRequest, group_id: uuid.UUID) -> HttpResponse:
        group = self.get_object(request, str(group_id))
        if group is None or not self.has_view_permission(request, group):
            raise Http404("There is no such group here.")
        may_change = self.has_change_permission(request, group)
        if request.method == "POST" and may_change:
            demand_confirmation(request, "Changing the plan of a group")
            try:
                plan = plan_change(group, request.POST.get("plan", ""), actor=staff_actor(request))
                self.message_user(request, f"{group} is on the plan {plan} now.", messages.SUCCESS)
            except DomainError as refused:
                self.message_user(request, str(refused), messages.ERROR)
            return HttpResponseRedirect(page_url(Group, group.pk))
        page = upgrade_page(group)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": f"Plan of {group}", "page": page}
        more = {"group": group, "group_url": page_url(Group, group.pk), "may_change": may_change}
        return TemplateResponse(request, "admin/quotas/upgrade.html", {**context, **more})


def quota_panel(group: Group, *, may_change: bool) -> Panel:
    """The bars of GROUP with their trends, warnings and recommendations; four queries at most."""
    state = group_state(group)
    rows = daily_rows(group.pk, timezone.now() - timedelta(days=TREND_DAYS))
    give = reverse("admin:quotas_override_add") if may_change else ""
    bars = [quota_bar(each, rows.get(each.metric, []), f"{give}?group={group.pk}&metric={each.metric}" if give else "") for each in state.metrics]
    return Panel(
        "admin/parts/quota_panel.html",
        {
            "plan": state.plan_title or NOTHING,
            "bars": bars,
            "recommendations": recommendations(state),
            "plan_url": reverse("admin:ontology_group_plan", args=[group.pk]),
            "overrides_url": f"{reverse('admin:quotas_override_changelist')}?group__id__exact={group.pk}",
            "overrides": Override.objects.filter(group=group).in_force(timezone.now()).count(),
        },
    )
