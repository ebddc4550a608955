"""The page of the weekly report."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from archival.admin.group_archive import may
from monitoring.services.report import WEEK, monday_before, report_send, weekly_report
from ontology.admin.parts import Cell, Table
from ontology.admin.site import staff_actor
from ontology.services.access import staff_scope

VIEW_RIGHT, RIGHT = "monitoring.view_alert", "monitoring.work_on_alert"


def report_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The report of the week that ends with `week` (a day), as a page or JSON; of the present one so far unless told."""
    _demand_platform(request, VIEW_RIGHT)
    now = timezone.now()
    ends = min(_asked(request.GET.get("week", "")) or monday_before(now) + WEEK, monday_before(now) + WEEK)
    report = weekly_report(ends)
    if request.GET.get("format") == "json":
        return JsonResponse(report.as_data())
    tables = [
        Table(
            title=section.title,
            note=section.summary,
            columns=section.columns,
            rows=[[Cell(text) for text in row] for row in section.rows],
            empty="Nothing to list.",
        )
        for section in report.sections
    ]
    more = {
        "title": report.title,
        "tables": tables,
        "week": f"{ends:%Y-%m-%d}",
        "before": f"{ends - WEEK:%Y-%m-%d}",
        "after": f"{ends + WEEK:%Y-%m-%d}" if ends <= now else "",
        "send_url": reverse("admin:monitoring_report_send") if may(request, RIGHT) else "",
    }
    return render(request, "admin/monitoring/report.html", {**context, **more})


def report_send_view(request: HttpRequest) -> HttpResponse:
    """Sends the report of the last whole week to the channels that have not had it."""
    _demand_platform(request, RIGHT)
    if request.method == "POST":
        sent = report_send(actor=staff_actor(request))
        words = f"{sent:,} {'message is' if sent == 1 else 'messages are'} on the way." if sent else "Every channel that wants it has had it."
        messages.success(request, words)
    return HttpResponseRedirect(reverse("admin:monitoring_report"))


def _demand_platform(request: HttpRequest, right: str) -> None:
    """Raises PermissionDenied for those who may not see every group: the report names all of them."""
    actor = staff_actor(request)
    if not may(request, right) or actor.person is None or not staff_scope(actor.person).everywhere:
        raise PermissionDenied


def _asked(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None
