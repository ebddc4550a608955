"""The page of capacity: what grows, when it is too much, and what ten times the users need."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from monitoring.capacity.report import UNITS, as_csv
from monitoring.capacity.words import NOT_KNOWN, amount_text, days_text, error_text
from monitoring.choices import CapacityMetric
from monitoring.database.reports import CAPACITY, report_latest
from monitoring.models import CapacityDay, DatabaseReport
from ontology.admin.charts import Chart, Mark, Point, short_text
from ontology.admin.figures import Figure
from ontology.admin.parts import NOTHING, Cell, Table
from ontology.admin.site import ReadOnlyAdmin
from ontology.admin.unfolded import ChoiceFilter
from ontology.api.answers import answer
from ontology.api.cases import plain

type Told = Mapping[str, Any]
LATE = timedelta(hours=30)
DRAWN = (CapacityMetric.DATABASE_BYTES, CapacityMetric.EVENT_ROWS, CapacityMetric.STATEMENTS_PEAK, CapacityMetric.SESSIONS_PEAK)


@admin.register(CapacityDay)
class CapacityDayAdmin(ReadOnlyAdmin[CapacityDay]):
    """The days as they were taken, and the plan that is made of them."""

    list_display = ("day", "metric_label", "amount")
    list_filter = (("metric", ChoiceFilter),)
    ordering = ("-day", "metric")

    def get_urls(self) -> list[Any]:
        """The plan besides, as a page and for programs."""
        guarded = self.admin_site.admin_view
        return [
            path("plan/", guarded(self.plan), name="monitoring_capacity"),
            path("plan.json", guarded(self.plan_json), name="monitoring_capacity_json"),
            path("plan.csv", guarded(self.plan_csv), name="monitoring_capacity_csv"),
            *super().get_urls(),
        ]

    def plan(self, request: HttpRequest) -> HttpResponse:
        """The plan of the last night."""
        kept = self._kept(request)
        told = kept.content if kept else None
        context = {
            "title": "Capacity",
            "kept": kept,
            "is_late": kept is not None and timezone.now() - kept.made_at > LATE,
            "told": told,
            "figures": figures(told) if told else (),
            "charts": charts(told) if told else (),
            "growth": growth_table(told) if told else None,
            "needs": needs_table(told) if told else None,
            "partitions": told["partitions"] if told else (),
            "json_url": reverse("admin:monitoring_capacity_json"),
            "csv_url": reverse("admin:monitoring_capacity_csv"),
        }
        return TemplateResponse(request, "admin/monitoring/capacity.html", {**self.admin_site.each_context(request), "opts": self.opts, **context})

    def plan_json(self, request: HttpRequest) -> HttpResponse:
        """The plan for programs, its names as the API has them; an empty object before the first night."""
        kept = self._kept(request)
        return answer(plain(kept.content) if kept else {})

    def plan_csv(self, request: HttpRequest) -> HttpResponse:
        """The lines of the plan for a spreadsheet; the head alone before the first night."""
        kept = self._kept(request)
        attached = {"Content-Disposition": 'attachment; filename="capacity.csv"'}
        return HttpResponse(as_csv(kept.content if kept else {"lines": []}), content_type="text/csv; charset=utf-8", headers=attached)

    def _kept(self, request: HttpRequest) -> DatabaseReport | None:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return report_latest(CAPACITY)

    @admin.display(description="Metric")
    def metric_label(self, taken: CapacityDay) -> str:
        """What was taken."""
        return taken.get_metric_display()

    @admin.display(description="Value")
    def amount(self, taken: CapacityDay) -> str:
        """The value in its unit."""
        return amount_text(taken.value, _unit(taken.metric))


def _unit(metric: str) -> str:
    return UNITS[CapacityMetric(metric)]


def figures(told: Told) -> list[Figure]:
    """The numbers at the head of the page."""
    pool, memory, first = told["pool"], told["memory"], told["first_limit"]
    lines = {line["metric"]: line for line in told["lines"]}
    size = lines.get(CapacityMetric.DATABASE_BYTES)
    in_a_year = (
        f"{amount_text(size['year'], 'bytes')} in a year" if size and size["year"] is not None else f"a projection needs {told['days_wanted']} days"
    )
    wanted = pool["sessions_wanted"]
    overhead = memory["index_overhead_percent"]
    return [
        Figure("Database", amount_text(size["now"], "bytes") if size else NOT_KNOWN, in_a_year),
        Figure(
            "First limit",
            days_text(first["days_until_limit"]).removeprefix("in ") if first else "none in sight",
            first["title"] if first else "within ten years",
        ),
        Figure("Pool", f"{wanted} sessions" if wanted else NOT_KNOWN, f"{pool['sessions_wanted_at_ten_times'] or NOT_KNOWN} at ten times the users"),
        Figure(
            "Memory",
            amount_text(memory["wanted_bytes"], "bytes"),
            f"{amount_text(memory['wanted_bytes_at_ten_times'], 'bytes')} at ten times the users",
        ),
        Figure("Indexes", NOT_KNOWN if overhead is None else f"{overhead:.0f} %", "of the size of the tables"),
        Figure("History", f"{told['days']:,} days", "kept for good"),
    ]


def _words(unit: str) -> Callable[[float], str]:
    return lambda value: amount_text(value, unit)


def charts(told: Told) -> list[Chart]:
    """What was and what is expected, for the metrics that are worth a look."""
    lines = {line["metric"]: line for line in told["lines"]}
    return [
        Chart(
            title=line["title"],
            points=[Point(it["day"], it["value"], it.get("low"), it.get("high"), it.get("forecast", False)) for it in line["points"]],
            unit="" if line["unit"] == "bytes" else line["unit"],
            kind="line",
            marks=[Mark(line["limit"], "limit")]
            if line["limit"] is not None and line["year"] is not None and line["limit"] <= 3 * line["year"]
            else [],
            words=_words(line["unit"]),
            axis=_words(line["unit"]) if line["unit"] == "bytes" else short_text,
        )
        for metric in DRAWN
        if (line := lines.get(metric))
    ]


def growth_table(told: Told) -> Table:
    """Every metric: now, ahead, and how far such a projection was off."""
    rows = [
        (
            Cell(line["title"]),
            Cell(amount_text(line["now"], line["unit"])),
            Cell(_ahead(line, "half_year")),
            Cell(_ahead(line, "year")),
            Cell(f"{amount_text(line['limit'], line['unit'])}, {days_text(line['days_until_limit'])}" if line["limit"] is not None else NOTHING),
            Cell(error_text(line)),
        )
        for line in told["lines"]
    ]
    columns = ("What", "Now", "In 6 months", "In 12 months", "Limit", "Off, on a half that was held out")
    return Table("What grows", columns, rows, "No day is known yet: the clock takes one each night.")


def _ahead(line: Told, key: str) -> str:
    if line[key] is None:
        return NOTHING
    value, low, high = (amount_text(line[name], line["unit"]) for name in (key, f"{key}_low", f"{key}_high"))
    return f"{value} ({low} to {high})"


def needs_table(told: Told) -> Table:
    """What ten times the users would bring, if each does as much as now."""
    rows = [
        (Cell(line["title"]), Cell(amount_text(line["now"], line["unit"])), Cell(amount_text(line["at_ten_times"], line["unit"])))
        for line in told["lines"]
    ]
    return Table("At ten times the users", ("What", "Now", "Then"), rows, "No day is known yet.", note="If each does as much as now.")
