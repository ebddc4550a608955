"""Pages of snapshots, reports and thresholds; the dashboard hangs here."""

import uuid
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from monitoring.admin.dashboard import STANDINGS, WORDS
from monitoring.admin.quality_pages import quality_page, undo_page
from monitoring.models import DataQualitySnapshot, QualityThreshold, WeeklyReport
from monitoring.thresholds import Standing
from ontology.admin.parts import badge, json_block, link, moment_text
from ontology.admin.recorded import RecordedAdmin
from ontology.admin.site import ReadOnlyAdmin, RowAdmin
from ontology.admin.unfolded import AutocompleteFilter, ChoiceFilter
from ontology.models import Group

COLOURS = {Standing.HEALTHY: "green", Standing.WARNING: "orange", Standing.CRITICAL: "red"}


def standing_badge(word: str) -> SafeString:
    """How the data stood, as a badge."""
    return badge(COLOURS[Standing(word)], STANDINGS[Standing(word)])


@admin.register(DataQualitySnapshot)
class SnapshotAdmin(ReadOnlyAdmin[DataQualitySnapshot]):
    """Snapshots, the latest first."""

    list_display = ("day", "whose", "standing_label", "integrity", "orphans", "foreign", "malformed", "compliance", "archival", "issues_text")
    list_filter = (("group", AutocompleteFilter), ("standing", ChoiceFilter))
    list_select_related = ("group",)
    ordering = ("-timestamp", "-id")
    rows_named = ("snapshot", "snapshots")
    fieldsets = (
        (None, {"fields": ("day", "taken", "whose", "standing_label", "issues_text")}),
        ("Metrics", {"fields": ("integrity", "orphans", "foreign", "bare", "malformed", "compliance", "archival")}),
        ("What they are parts of", {"fields": ("told",)}),
    )

    def get_urls(self) -> list[URLPattern]:
        """The dashboard and the undoing of repairs, before Django's own."""
        own = [
            path("quality/", self.admin_site.admin_view(self.quality_view), name="monitoring_quality"),
            path("repairs/<uuid:run_id>/undo/", self.admin_site.admin_view(self.undo_view), name="monitoring_repair_undo"),
        ]
        return [*own, *super().get_urls()]

    def quality_view(self, request: HttpRequest) -> HttpResponse:
        """The dashboard."""
        return quality_page(request, self._context(request))

    def undo_view(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        """The undoing of a repair."""
        return undo_page(request, run_id, self._context(request))

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts}

    @admin.display(description="Of")
    def whose(self, snapshot: DataQualitySnapshot) -> SafeString | str:
        """The group, or the platform."""
        return link(Group, snapshot.group_id, snapshot.group) if snapshot.group_id else "The platform"

    @admin.display(description="Taken (UTC)")
    def taken(self, snapshot: DataQualitySnapshot) -> str:
        """When."""
        return moment_text(snapshot.timestamp)

    @admin.display(description="Status")
    def standing_label(self, snapshot: DataQualitySnapshot) -> SafeString:
        """How the data stood."""
        return standing_badge(snapshot.standing)

    @admin.display(description="Integrity")
    def integrity(self, snapshot: DataQualitySnapshot) -> str:
        """Referential integrity."""
        return f"{snapshot.referential_integrity_score:.2f} %"

    @admin.display(description="Orphaned")
    def orphans(self, snapshot: DataQualitySnapshot) -> str:
        """Orphaned rows."""
        return f"{snapshot.orphaned_entity_count:,}"

    @admin.display(description="Cross-group")
    def foreign(self, snapshot: DataQualitySnapshot) -> str:
        """References into another group."""
        return f"{snapshot.cross_group_violations:,}"

    @admin.display(description="Without a group")
    def bare(self, snapshot: DataQualitySnapshot) -> str:
        """Rows without a group."""
        return f"{snapshot.missing_group_ids:,}"

    @admin.display(description="Malformed")
    def malformed(self, snapshot: DataQualitySnapshot) -> str:
        """Things that break their type."""
        return f"{snapshot.malformed_properties_count:,}"

    @admin.display(description="Compliance")
    def compliance(self, snapshot: DataQualitySnapshot) -> str:
        """Whole things."""
        return f"{snapshot.schema_compliance_score:.1f} %"

    @admin.display(description="Archival")
    def archival(self, snapshot: DataQualitySnapshot) -> str:
        """Archival progress."""
        return f"{snapshot.event_archival_progress:.1f} %"

    @admin.display(description="Broken rows")
    def issues_text(self, snapshot: DataQualitySnapshot) -> str:
        """Of every check."""
        return f"{snapshot.issues:,}"

    @admin.display(description="Told")
    def told(self, snapshot: DataQualitySnapshot) -> SafeString:
        """The rest."""
        return json_block(snapshot.metadata)


@admin.register(WeeklyReport)
class WeeklyReportAdmin(ReadOnlyAdmin[WeeklyReport]):
    """Weekly reports, the latest first."""

    list_display = ("week", "whose", "standing_label", "declined", "opened", "resolved_text")
    list_filter = (("group", AutocompleteFilter), ("standing", ChoiceFilter))
    list_select_related = ("group",)
    ordering = ("-week", "-id")
    rows_named = ("report", "reports")
    fieldsets = (
        (None, {"fields": ("week", "whose", "standing_label", "declined", "opened", "resolved_text")}),
        ("The report", {"fields": ("told",)}),
    )

    @admin.display(description="Of")
    def whose(self, report: WeeklyReport) -> SafeString | str:
        """The group, or the platform."""
        return link(Group, report.group_id, report.group) if report.group_id else "The platform"

    @admin.display(description="Status")
    def standing_label(self, report: WeeklyReport) -> SafeString:
        """At the end of the week."""
        return standing_badge(report.standing)

    @admin.display(description="Worse than the week before")
    def declined(self, report: WeeklyReport) -> str:
        """The metrics that went down."""
        return ", ".join(WORDS[name][0] for name in report.body.get("declined", []) if name in WORDS) or "Nothing"

    @admin.display(description="Findings opened")
    def opened(self, report: WeeklyReport) -> str:
        """In the week."""
        return f"{report.body.get('findings', {}).get('opened', 0):,}"

    @admin.display(description="Findings resolved")
    def resolved_text(self, report: WeeklyReport) -> str:
        """In the week."""
        return f"{report.body.get('findings', {}).get('resolved', 0):,}"

    @admin.display(description="Told")
    def told(self, report: WeeklyReport) -> SafeString:
        """As the API tells it."""
        return json_block(report.body)


@admin.register(QualityThreshold)
class QualityThresholdAdmin(RecordedAdmin[QualityThreshold], RowAdmin[QualityThreshold]):
    """Other thresholds than the shipped ones, of a group or of a plan."""

    list_display = ("metric", "whose", "healthy", "warning")
    list_filter = (("group", AutocompleteFilter), ("metric", ChoiceFilter))
    list_select_related = ("group", "plan")
    ordering = ("metric", "id")
    autocomplete_fields = ("group",)
    fields = ("metric", "group", "plan", "healthy", "warning")
    rows_named = ("threshold", "thresholds")

    @admin.display(description="Of")
    def whose(self, threshold: QualityThreshold) -> str:
        """The group, or the plan."""
        return str(threshold.group) if threshold.group else f"Plan {threshold.plan}"

    def has_delete_permission(self, request: HttpRequest, obj: QualityThreshold | None = None) -> bool:
        """Whoever may change them: without a row the plan's threshold holds again, or the shipped one."""
        return self.has_change_permission(request, obj)
