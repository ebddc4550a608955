"""Pages of simulations of load: what each came to beside the others, and the report of one."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from monitoring.load.plan import KIND
from monitoring.load.report import compared, page_context
from ontology.admin.parts import Cell, Table
from ontology.models import Run

SHOWN = 100
COLUMNS = ("Begun", "Users", "Scenario", "Requests a second", "p95", "Refused", "Failed", "Bottleneck", "State")


def load_list(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The latest simulations, newest first; one query."""
    rows = [_cells(run) for run in Run.objects.filter(kind=KIND).order_by("-id")[:SHOWN]]
    table = Table(
        title="Simulations",
        columns=COLUMNS,
        rows=rows,
        empty="None yet: manage.py simulate_load --users 100 --serve makes the first.",
        note="Compare those of as many users in the same scenario, on the same machine.",
    )
    return TemplateResponse(request, "admin/monitoring/load_list.html", {**context, "title": "Simulations of load", "table": table})


def _cells(run: Run) -> list[Cell]:
    wanted, told = run.parameters, run.result
    begun = Cell(f"{run.started_at or run.created_at:%Y-%m-%d %H:%M}", reverse("admin:monitoring_load_report", args=[run.pk]) if told else "")
    asked = [begun, Cell(f"{wanted.get('users', 0):,}"), Cell(str(wanted.get("scenario", "")))]
    if not told:
        return [*asked, *[Cell("")] * 5, Cell(run.get_state_display())]
    figures = [f"{told['requests_per_second']:,.1f}", f"{told['ms'].get('p95', 0):,.0f} ms", f"{told['refused']:,}", f"{told['failed']:,}"]
    return [*asked, *map(Cell, figures), Cell(told["bottleneck"]["name"].replace("_", " ")), Cell(run.get_state_display())]


def load_report(request: HttpRequest, context: dict[str, Any], run_id: uuid.UUID) -> HttpResponse:
    """The report of one simulation; two queries. 404 for one that came to nothing."""
    run = get_object_or_404(Run.objects.exclude(result={}), pk=run_id, kind=KIND)
    wanted = run.parameters
    more = {"title": f"{wanted['users']:,} users, {wanted['scenario']}", "run": run, **page_context(compared(run))}
    return TemplateResponse(request, "admin/monitoring/load_report.html", {**context, **more})
