"""Pages of what was kept of the database: a statement with its plan and its two days, and reports as they were made."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import AllValuesFieldListFilter
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path

from monitoring.admin.database_reports import report_tables, statement_charts
from monitoring.database.plans import plan_text
from monitoring.database.reports import PRESENT
from monitoring.models import DatabaseReport, Statement
from ontology.admin.site import ReadOnlyAdmin, links_shown
from ontology.api.answers import answer
from ontology.api.cases import plain


class PageOfOne[M: Model](ReadOnlyAdmin[M]):
    """A row shown by a template of its own, as wide as the window, with what `told` says of it."""

    template = ""

    def told(self, row: M) -> dict[str, Any]:
        """What the template needs of ROW."""
        raise NotImplementedError

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The page; back to the list with a sentence where there is no such row."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        links_shown(request)
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined, no-any-return]
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": str(row), "original": row, "row": row, **self.told(row)}
        return TemplateResponse(request, self.template, {**context, **(extra_context or {})})


@admin.register(Statement)
class StatementAdmin(PageOfOne[Statement]):
    """Statements as pg_stat_statements knows them, the last seen first."""

    list_display = ("start", "first_seen_at", "seen_at")
    ordering = ("-seen_at", "query_id")
    search_fields = ("text",)
    search_part = ("text",)
    template = "admin/monitoring/statement.html"

    def told(self, row: Statement) -> dict[str, Any]:
        """Its plan as the planner would go about it today, and what it took over two days."""
        return {"title": "Statement", "plan": plan_text(row.text), "charts": statement_charts(row.pk)}

    @admin.display(description="Statement")
    def start(self, told: Statement) -> str:
        """How it begins."""
        return " ".join(told.text.split())[:160]


@admin.register(DatabaseReport)
class DatabaseReportAdmin(PageOfOne[DatabaseReport]):
    """Reports as they were made: the health of indexes every week, optimisation every month."""

    list_display = ("made_at", "kind", "contents")
    list_filter = (("kind", AllValuesFieldListFilter),)
    ordering = ("-made_at",)
    template = "admin/monitoring/database_report.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[DatabaseReport]:
        """Those of a moment: what is kept of the present alone has pages of its own."""
        return super().get_queryset(request).exclude(kind__in=PRESENT)

    def get_urls(self) -> list[Any]:
        """A report as JSON besides."""
        return [path("<int:key>/json/", self.admin_site.admin_view(self.as_json), name="monitoring_databasereport_json"), *super().get_urls()]

    def as_json(self, request: HttpRequest, key: int) -> HttpResponse:
        """The report for programs, its names as the API has them."""
        kept = get_object_or_404(self.get_queryset(request), pk=key)
        if not self.has_view_permission(request, kept):
            raise PermissionDenied
        return answer({"kind": kept.kind, "madeAt": kept.made_at, **plain(kept.content)})

    def told(self, row: DatabaseReport) -> dict[str, Any]:
        """Its parts as tables."""
        return {"tables": report_tables(row.content)}

    @admin.display(description="Holds")
    def contents(self, kept: DatabaseReport) -> str:
        """How many lines of each kind."""
        return ", ".join(f"{len(part)} {name.replace('_', ' ')}" for name, part in kept.content.items() if isinstance(part, list))
