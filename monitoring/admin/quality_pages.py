"""The dashboard, and the pages that repair and take a repair back."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from monitoring.admin.dashboard import SPANS, dashboard, group_choices
from monitoring.checks.check import Repair
from monitoring.models import Finding, RepairedRow
from monitoring.services.checking import check_start
from monitoring.services.repairing import KIND, Repaired, repair_preview, repair_start, repair_undo
from ontology.admin.confirming import confirming, demand_confirmation
from ontology.admin.listing import as_uuid
from ontology.admin.parts import NOTHING, Cell, Table, json_line, page_url
from ontology.admin.site import links_shown, staff_actor
from ontology.errors import DomainError
from ontology.isolation import current_scope
from ontology.models import Group, Person, Run
from ontology.services.access import rows_in_scope

RIGHT = "monitoring.run_check"
VIEW_RIGHT = "monitoring.view_dataqualitysnapshot"
SPAN_WORDS = {7: "7 days", 30: "30 days", 90: "90 days", 730: "two years"}
PREVIEWED = 50
CHANGES_SHOWN = 4


def may(request: HttpRequest, right: str) -> bool:
    """Whether the signed-in person has RIGHT."""
    return isinstance(request.user, Person) and request.user.has_perm(right)


def demand(request: HttpRequest, right: str) -> None:
    """Raises PermissionDenied without RIGHT."""
    if not may(request, right):
        raise PermissionDenied


def may_see_all() -> bool:
    """Whether the signed-in person may see the whole platform."""
    scope = current_scope()
    return scope is None or scope.everywhere


def quality_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The dashboard, or a check that it begins."""
    demand(request, VIEW_RIGHT)
    links_shown(request)
    groups = rows_in_scope(Group.objects.all())
    group = _chosen(request, groups)
    if request.method == "POST":
        demand(request, RIGHT)
        return _check_begun(request, group)
    asked = request.GET.get("days", "")
    days = int(asked) if asked.isdecimal() and int(asked) in SPANS else 30
    told = {
        "title": f"Data quality of {group or 'the platform'}",
        "page": dashboard(group, days, repairs_may_be_undone=may(request, RIGHT)),
        "groups": group_choices(groups, group.pk if group else None),
        "may_see_all": may_see_all(),
        "may_act": may(request, RIGHT),
        "days": days,
        "spans": [(span, SPAN_WORDS[span]) for span in SPANS],
    }
    return render(request, "admin/monitoring/quality.html", {**context, **told})


def _chosen(request: HttpRequest, groups: Any) -> Group | None:
    """The group that the address names; none for the whole platform, which only those see who may see all. Raises Http404."""
    asked = request.GET.get("group", "")
    if not asked and may_see_all():
        return None
    key = as_uuid(asked) if asked else None
    found: Group | None = groups.filter(pk=key).first() if key else (None if asked else groups.order_by("name").first())
    if found is None:
        raise Http404
    return found


def _check_begun(request: HttpRequest, group: Group | None) -> HttpResponse:
    try:
        run = check_start(group, actor=staff_actor(request))
    except DomainError as refused:
        messages.warning(request, str(refused))
        return HttpResponseRedirect(request.get_full_path())
    messages.success(request, "The data is being checked.")
    return HttpResponseRedirect(page_url(Run, run.pk) or request.get_full_path())


def repair_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Rows before and after their repair, and the button that does it."""
    return confirming(request, lambda: _repair_page(request, context))


def _repair_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    demand(request, RIGHT)
    links_shown(request)
    asked = request.POST.getlist("finding") or request.GET.getlist("finding")
    keys = [key for key in (as_uuid(each) for each in asked) if key is not None]
    findings = list(rows_in_scope(Finding.objects.filter(pk__in=keys)).select_related("group").order_by("rule", "-opened_at", "id"))
    if not findings:
        raise Http404
    if request.POST.get("act") == "repair":
        demand_confirmation(request, "Repairing")
        return _repair_begun(request, findings)
    return render(request, "admin/monitoring/repair.html", {**context, **_repair_told(findings)})


def _repair_begun(request: HttpRequest, findings: Sequence[Finding]) -> HttpResponse:
    try:
        run = repair_start(findings, actor=staff_actor(request))
    except DomainError as refused:
        messages.error(request, str(refused))
        return HttpResponseRedirect(reverse("admin:monitoring_finding_changelist"))
    messages.success(request, "The repair has begun. It can be undone from the page of data quality.")
    return HttpResponseRedirect(page_url(Run, run.pk) or reverse("admin:monitoring_finding_changelist"))


def _repair_told(findings: Sequence[Finding]) -> dict[str, Any]:
    shown = repair_preview(findings)
    count = sum(1 for each in shown if each.repair)
    rest = f" {len(shown) - count:,} cannot be repaired by themselves; each says what to do." if count < len(shown) else ""
    more = f" The first {PREVIEWED} are shown." if len(shown) > PREVIEWED else ""
    return {
        "title": "Repair findings",
        "told": f"{count:,} of {len(shown):,} {'row' if len(shown) == 1 else 'rows'} would change as shown.{rest}{more} Nothing has been changed yet.",
        "rows": _preview_table(shown[:PREVIEWED]),
        "keys": [str(each.finding.pk) for each in shown],
        "count": count,
        "button": f"Repair {count:,} {'row' if count == 1 else 'rows'}",
        "back_url": reverse("admin:monitoring_finding_changelist"),
    }


def _preview_table(shown: Sequence[Repaired]) -> Table:
    return Table(
        "Before and after",
        ("Row", "Repair", "Before", "After"),
        [
            (
                Cell(f"{each.finding.kind} {each.finding.record_id}", page_url(Finding, each.finding.pk)),
                Cell(each.repair.label if each.repair else "None is offered"),
                *_before_and_after(each),
            )
            for each in shown
        ],
        "There is nothing to show.",
    )


def _before_and_after(shown: Repaired) -> tuple[Cell, Cell]:
    if shown.repair is None:
        return Cell(NOTHING), Cell(NOTHING)
    if shown.before is None:
        return Cell("The row is there no more."), Cell(NOTHING)
    if shown.after is None:
        told = {name: value for name, value in shown.before.items() if value not in (None, "", {}, [])}
        return Cell(json_line(told, letters=160)), Cell("Kept whole in quarantine; gone from its table.")
    changes = shown.changes[:CHANGES_SHOWN]
    return Cell("; ".join(f"{name}: {_value(old)}" for name, old, _ in changes)), Cell(
        "; ".join(f"{name}: {_value(new)}" for name, _, new in changes)
    )


def _value(value: Any) -> str:
    return "none" if value in (None, "") else str(value)


def undo_page(request: HttpRequest, run_id: uuid.UUID, context: dict[str, Any]) -> HttpResponse:
    """What undoing a repair gives back, and the button that does it."""
    return confirming(request, lambda: _undo_page(request, run_id, context))


def _undo_page(request: HttpRequest, run_id: uuid.UUID, context: dict[str, Any]) -> HttpResponse:
    demand(request, RIGHT)
    links_shown(request)
    run = rows_in_scope(Run.objects.filter(pk=run_id, kind=KIND)).first()
    if run is None:
        raise Http404
    if request.method == "POST":
        demand_confirmation(request, "Undoing a repair")
        return _undo_begun(request, run)
    left = RepairedRow.objects.filter(run=run, undone_at__isnull=True).order_by("-id")
    count = left.count()
    table = Table(
        "Rows that become again what they were",
        ("Row", "Repair", "Is", "Becomes"),
        [
            (
                Cell(f"{row.kind} {row.record_id}"),
                Cell(row.repair),
                *reversed(_before_and_after(Repaired(row.finding, Repair(row.repair), row.before, row.after))),
            )
            for row in left.select_related("finding")[:PREVIEWED]
        ],
        "Nothing is left to undo.",
    )
    told = {"title": "Undo a repair", "told": f"{count:,} rows become what they were, unless they were changed since.", "rows": table, "count": count}
    told |= {"button": "Undo the repair", "keys": [], "back_url": reverse("admin:monitoring_quality")}
    return render(request, "admin/monitoring/repair.html", {**context, **told})


def _undo_begun(request: HttpRequest, run: Run) -> HttpResponse:
    try:
        undo = repair_undo(run, actor=staff_actor(request))
    except DomainError as refused:
        messages.error(request, str(refused))
        return HttpResponseRedirect(reverse("admin:monitoring_quality"))
    messages.success(request, "The repair is being undone.")
    return HttpResponseRedirect(page_url(Run, undo.pk) or reverse("admin:monitoring_quality"))
