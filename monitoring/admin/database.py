"""The page of the database underneath, and the lists of what was kept of it."""

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from monitoring.admin.database_parts import charts, figures, findings_tables, statements_table, tables
from monitoring.admin.load import load_list, load_report
from monitoring.choices import MaintenanceOutcome, SlowLevel
from monitoring.database.advice import group_costs, repeated_statements
from monitoring.database.overview import statements_slowest
from monitoring.database.plans import plan_text
from monitoring.database.reports import INDEXES, PERFORMANCE, report_latest
from monitoring.models import DatabaseSample, Maintenance, RepeatedStatement, SlowStatement
from ontology.admin.charts import bytes_text
from ontology.admin.parts import NOTHING, badge, moment_text
from ontology.admin.site import ReadOnlyAdmin, links_shown
from ontology.admin.unfolded import ChoiceFilter

LEVEL_COLOURS = {SlowLevel.WARNING: "orange", SlowLevel.CRITICAL: "red", SlowLevel.EMERGENCY: "red"}
OUTCOME_COLOURS = {
    MaintenanceOutcome.DONE: "green",
    MaintenanceOutcome.SKIPPED: "grey",
    MaintenanceOutcome.BUSY: "orange",
    MaintenanceOutcome.FAILED: "red",
}
LATE = timedelta(minutes=5)
"""After which the page says that nobody looks."""
SPANS = {"hour": (timedelta(hours=1), "the last hour"), "day": (timedelta(days=1), "the last day"), "month": (timedelta(days=30), "30 days")}


@admin.register(DatabaseSample)
class DatabaseSampleAdmin(ReadOnlyAdmin[DatabaseSample]):
    """Samples of the server, and the page that shows how it stands."""

    list_display = ("taken_at", "connections", "active", "transactions", "slow_statements", "size")
    ordering = ("-taken_at",)

    def get_urls(self) -> list[Any]:
        """The pages of the database besides."""
        guarded = self.admin_site.admin_view
        return [
            path("now/", guarded(self.now), name="monitoring_database"),
            path("load/", guarded(self.load), name="monitoring_load"),
            path("load/<uuid:run_id>/", guarded(self.load), name="monitoring_load_report"),
            path("indexes/", guarded(self.indexes), name="monitoring_database_indexes"),
            *super().get_urls(),
        ]

    def now(self, request: HttpRequest) -> HttpResponse:
        """How the database stands; the page refreshes itself once a minute."""
        self._demand(request)
        links_shown(request)
        chosen = request.GET.get("span", "hour")
        since, words = SPANS.get(chosen, SPANS["hour"])
        kept = report_latest(PERFORMANCE)
        told = kept.content if kept else None
        context = {
            "title": "Database",
            "kept": kept,
            "is_late": kept is not None and timezone.now() - kept.made_at > LATE,
            "told": told,
            "figures": figures(told) if told else (),
            "charts": charts(),
            "spans": [(key, text, key == chosen) for key, (_, text) in SPANS.items()],
            "tables": [statements_table(statements_slowest(timezone.now() - since), words), *(tables(told) if told else ())],
        }
        return TemplateResponse(request, "admin/monitoring/database.html", {**self.admin_site.each_context(request), "opts": self.opts, **context})

    def indexes(self, request: HttpRequest) -> HttpResponse:
        """The health of the indexes, what is missing, what repeats, and what each group costs: as the last daily look found it."""
        self._demand(request)
        kept = report_latest(INDEXES)
        context = {
            "title": "Indexes and statements",
            "kept": kept,
            "told": kept.content if kept else None,
            "size": bytes_text(kept.content["size_bytes"]) if kept else "",
            "tables": findings_tables(repeated_statements(), group_costs()),
        }
        return TemplateResponse(request, "admin/monitoring/indexes.html", {**self.admin_site.each_context(request), "opts": self.opts, **context})

    def load(self, request: HttpRequest, run_id: uuid.UUID | None = None) -> HttpResponse:
        """Simulations of load, or the report of one."""
        self._demand(request)
        context = {**self.admin_site.each_context(request), "opts": self.opts}
        return load_list(request, context) if run_id is None else load_report(request, context, run_id)

    def _demand(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    @admin.display(description="Size", ordering="size_bytes")
    def size(self, sample: DatabaseSample) -> str:
        """The size of the database."""
        return bytes_text(sample.size_bytes)


@admin.register(SlowStatement)
class SlowStatementAdmin(ReadOnlyAdmin[SlowStatement]):
    """Statements of the application that took long."""

    list_display = ("moment", "took", "level_badge", "caller", "group", "start")
    list_filter = (("level", ChoiceFilter),)
    search_fields = ("caller",)
    search_exact = ("caller", "group_slug")
    ordering = ("-at",)
    fields = readonly_fields = ("moment", "took", "level_badge", "caller", "group", "statement", "plan")

    @admin.display(description="At (UTC)", ordering="at")
    def moment(self, slow: SlowStatement) -> str:
        """When, to the second."""
        return moment_text(slow.at)

    @admin.display(description="Group", ordering="group_slug")
    def group(self, slow: SlowStatement) -> str:
        """For whom."""
        return slow.group_slug or NOTHING

    @admin.display(description="Statement")
    def statement(self, slow: SlowStatement) -> SafeString:
        """The whole of it."""
        return format_html('<pre class="sextant-code" tabindex="0">{}</pre>', slow.text)

    @admin.display(description="Plan, values unknown")
    def plan(self, slow: SlowStatement) -> SafeString:
        """How the planner would go about it today."""
        return format_html('<pre class="sextant-code" tabindex="0">{}</pre>', plan_text(slow.text))

    @admin.display(description="Took", ordering="duration_ms")
    def took(self, slow: SlowStatement) -> str:
        """How long."""
        return f"{slow.duration_ms:,.0f}\N{NO-BREAK SPACE}ms"

    @admin.display(description="Level")
    def level_badge(self, slow: SlowStatement) -> SafeString:
        """How slow that is."""
        return badge(LEVEL_COLOURS[SlowLevel(slow.level)], slow.get_level_display())

    @admin.display(description="Statement")
    def start(self, slow: SlowStatement) -> str:
        """How it begins."""
        return " ".join(slow.text.split())[:120]


@admin.register(RepeatedStatement)
class RepeatedStatementAdmin(ReadOnlyAdmin[RepeatedStatement]):
    """Statements that one request made many times."""

    list_display = ("caller", "times_max", "seen", "last_at", "start")
    ordering = ("-last_at",)

    @admin.display(description="Statement")
    def start(self, repeated: RepeatedStatement) -> str:
        """How it begins."""
        return " ".join(repeated.text.split())[:120]


@admin.register(Maintenance)
class MaintenanceAdmin(ReadOnlyAdmin[Maintenance]):
    """What was done to keep the database in shape."""

    list_display = ("moment", "kind", "target", "outcome_badge", "took", "gained", "detail")
    list_filter = (("kind", ChoiceFilter), ("outcome", ChoiceFilter))
    ordering = ("-started_at",)

    @admin.display(description="Started (UTC)", ordering="started_at")
    def moment(self, act: Maintenance) -> str:
        """When, to the second."""
        return moment_text(act.started_at)

    @admin.display(description="Outcome")
    def outcome_badge(self, act: Maintenance) -> SafeString:
        """How it ended."""
        return badge(OUTCOME_COLOURS[MaintenanceOutcome(act.outcome)], act.get_outcome_display())

    @admin.display(description="Took")
    def took(self, act: Maintenance) -> str:
        """How long."""
        return NOTHING if act.took_ms is None else f"{act.took_ms:,.0f}\N{NO-BREAK SPACE}ms"

    @admin.display(description="Size")
    def gained(self, act: Maintenance) -> str:
        """Before and after."""
        after = "" if act.bytes_after is None or act.bytes_after == act.bytes_before else f" → {bytes_text(act.bytes_after)}"
        return f"{bytes_text(act.bytes_before)}{after}"
