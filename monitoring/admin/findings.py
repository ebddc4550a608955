"""Pages of findings: what is broken, who works on it, and its repair."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from monitoring.admin.quality_pages import RIGHT, may, repair_page
from monitoring.checks.broken import Broken
from monitoring.checks.registry import BY_NAME, CHECKS
from monitoring.choices import FindingState, Severity
from monitoring.models import Finding
from monitoring.services.findings import findings_acknowledge, findings_assign, findings_snooze
from monitoring.services.repairing import MODELS
from ontology.admin.parts import NOTHING, badge, json_block, link, moment_text
from ontology.admin.site import ReadOnlyAdmin, staff_actor
from ontology.admin.unfolded import AutocompleteFilter, ChoiceFilter
from ontology.models import Group, Person

SNOOZE_DAYS = 7
SEVERITY_COLOURS = {Severity.INFO: "blue", Severity.WARNING: "orange", Severity.CRITICAL: "red", Severity.EMERGENCY: "red"}
STATE_COLOURS = {FindingState.OPEN: "red", FindingState.ACKNOWLEDGED: "blue", FindingState.RESOLVED: "green"}


class RuleFilter(admin.SimpleListFilter):
    """The check that found it."""

    title = "check"
    parameter_name = "rule__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All checks."""
        return [(check.name, check.title) for check in CHECKS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Finding]) -> QuerySet[Finding]:
        """Those of the chosen check."""
        return queryset.filter(rule=self.value()) if self.value() in BY_NAME else queryset


class StateFilter(admin.SimpleListFilter):
    """Where it stands; without a choice, what waits for somebody."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The states, snoozed ones, and all."""
        return [*FindingState.choices, ("snoozed", "Snoozed"), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Finding]) -> QuerySet[Finding]:
        """Those of the chosen state; none that is resolved or snoozed before one is chosen."""
        now = timezone.now()
        match self.value():
            case "all":
                return queryset
            case "snoozed":
                return queryset.exclude(state=FindingState.RESOLVED).filter(snoozed_until__gt=now)
            case str() as state:
                return queryset.filter(state=state)
        return queryset.exclude(state=FindingState.RESOLVED).exclude(snoozed_until__gt=now)


@admin.register(Finding)
class FindingAdmin(ReadOnlyAdmin[Finding]):
    """Findings, the latest first; from here they are acknowledged, taken, snoozed and repaired."""

    change_form_template = "admin/monitoring/finding.html"
    list_display = ("title", "severity_label", "sentence", "group_link", "state_label", "owner_link", "opened", "seen")
    list_filter = (RuleFilter, ("severity", ChoiceFilter), ("group", AutocompleteFilter), StateFilter)
    list_select_related = ("group", "owner")
    ordering = ("-opened_at", "-id")
    search_fields = ("record_id",)
    search_exact = ("record_id",)
    search_help_text = "Id of the finding, or of the row"
    rows_named = ("finding", "findings")
    actions = ("acknowledge", "take", "snooze", "wake", "repair")
    fieldsets = (
        (None, {"fields": ("sentence", "row_link", "group_link", "severity_label", "state_label", "owner_link")}),
        ("What to do", {"fields": ("meaning", "advice", "repair_offered")}),
        ("History", {"fields": ("opened", "seen", "times", "acknowledged", "snoozed", "resolved")}),
        ("What was found", {"fields": ("found",)}),
    )

    def get_urls(self) -> list[URLPattern]:
        """The page of repairs, before Django's own."""
        return [path("repair/", self.admin_site.admin_view(self.repair_view), name="monitoring_finding_repair"), *super().get_urls()]

    def repair_view(self, request: HttpRequest) -> HttpResponse:
        """Rows before and after."""
        return repair_page(request, {**self.admin_site.each_context(request), "opts": self.opts})

    def has_work_permission(self, request: HttpRequest) -> bool:
        """Whether the signed-in person may decide about findings."""
        return may(request, RIGHT)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The finding, with its repair where one is offered."""
        finding = self.get_object(request, object_id)
        offered = finding is not None and finding.state != FindingState.RESOLVED and _repair(finding) and may(request, RIGHT)
        url = _repair_url([finding]) if offered and finding else ""
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "repair_url": url})

    @admin.action(description="Acknowledge", permissions=["work"])
    def acknowledge(self, request: HttpRequest, queryset: QuerySet[Finding]) -> None:
        """Says that one has seen them."""
        self._told(request, findings_acknowledge(queryset, actor=staff_actor(request)), "acknowledged")

    @admin.action(description="Take (make me the owner)", permissions=["work"])
    def take(self, request: HttpRequest, queryset: QuerySet[Finding]) -> None:
        """Makes the signed-in person answer for them."""
        person = request.user if isinstance(request.user, Person) else None
        self._told(request, findings_assign(queryset, person, actor=staff_actor(request)), "yours")

    @admin.action(description=f"Snooze for {SNOOZE_DAYS} days", permissions=["work"])
    def snooze(self, request: HttpRequest, queryset: QuerySet[Finding]) -> None:
        """Keeps them out of this list for a while."""
        until = timezone.now() + timedelta(days=SNOOZE_DAYS)
        self._told(request, findings_snooze(queryset, until, actor=staff_actor(request)), f"snoozed for {SNOOZE_DAYS} days")

    @admin.action(description="End the snooze", permissions=["work"])
    def wake(self, request: HttpRequest, queryset: QuerySet[Finding]) -> None:
        """Brings them back into the list."""
        self._told(request, findings_snooze(queryset, None, actor=staff_actor(request)), "no more snoozed")

    @admin.action(description="Repair …", permissions=["work"])
    def repair(self, request: HttpRequest, queryset: QuerySet[Finding]) -> HttpResponse:
        """Leads to the page that shows rows before and after."""
        return HttpResponseRedirect(_repair_url(list(queryset)))

    def _told(self, request: HttpRequest, count: int, words: str) -> None:
        messages.success(request, f"{count:,} {'finding is' if count == 1 else 'findings are'} {words}.")

    @admin.display(description="Check")
    def title(self, finding: Finding) -> str:
        """The check's title."""
        return BY_NAME[finding.rule].title if finding.rule in BY_NAME else finding.rule

    @admin.display(description="What is wrong")
    def sentence(self, finding: Finding) -> str:
        """The finding in a sentence."""
        if finding.rule not in BY_NAME:
            return str(finding)
        row = Broken(finding.group_id, finding.kind, finding.record_id, finding.reason, finding.metadata)
        return BY_NAME[finding.rule].sentence(row)

    @admin.display(description="Row")
    def row_link(self, finding: Finding) -> SafeString | str:
        """The row's page, where it has one."""
        model = MODELS.get(finding.kind)
        return link(model, finding.record_id, f"{finding.kind} {finding.record_id}") if model else f"{finding.kind} {finding.record_id}"

    @admin.display(description="Group")
    def group_link(self, finding: Finding) -> SafeString | str:
        """The group's page."""
        return link(Group, finding.group_id, finding.group)

    @admin.display(description="Severity")
    def severity_label(self, finding: Finding) -> SafeString:
        """How bad it is."""
        return badge(SEVERITY_COLOURS[Severity(finding.severity)], finding.get_severity_display())

    @admin.display(description="State")
    def state_label(self, finding: Finding) -> SafeString:
        """Where it stands."""
        if finding.state != FindingState.RESOLVED and finding.snoozed_until and finding.snoozed_until > timezone.now():
            return badge("grey", "Snoozed")
        return badge(STATE_COLOURS[FindingState(finding.state)], finding.get_state_display())

    @admin.display(description="Owner")
    def owner_link(self, finding: Finding) -> SafeString | str:
        """Who answers for it."""
        return link(Person, finding.owner_id, finding.owner)

    @admin.display(description="Found (UTC)")
    def opened(self, finding: Finding) -> str:
        """When it was found."""
        return moment_text(finding.opened_at)

    @admin.display(description="Last seen (UTC)")
    def seen(self, finding: Finding) -> str:
        """When it was last found."""
        return moment_text(finding.seen_at)

    @admin.display(description="Seen")
    def times(self, finding: Finding) -> str:
        """How often."""
        return f"{finding.times_seen:,} {'time' if finding.times_seen == 1 else 'times'}"

    @admin.display(description="Acknowledged (UTC)")
    def acknowledged(self, finding: Finding) -> str:
        """When, and by whom."""
        by = f" by {finding.acknowledged_by}" if finding.acknowledged_by else ""
        return f"{moment_text(finding.acknowledged_at)}{by}" if finding.acknowledged_at else NOTHING

    @admin.display(description="Snoozed until (UTC)")
    def snoozed(self, finding: Finding) -> str:
        """Until when it stays out of the list."""
        return moment_text(finding.snoozed_until)

    @admin.display(description="Whole again (UTC)")
    def resolved(self, finding: Finding) -> str:
        """When a check found the row whole."""
        return moment_text(finding.resolved_at)

    @admin.display(description="What it means")
    def meaning(self, finding: Finding) -> str:
        """Of the check."""
        return BY_NAME[finding.rule].meaning if finding.rule in BY_NAME else NOTHING

    @admin.display(description="Advice")
    def advice(self, finding: Finding) -> str:
        """What to do."""
        return BY_NAME[finding.rule].advice if finding.rule in BY_NAME else NOTHING

    @admin.display(description="Repair")
    def repair_offered(self, finding: Finding) -> str:
        """The repair that is offered."""
        found = _repair(finding)
        return f"{found.label}, as a run that can be undone" if found else "None by itself"

    @admin.display(description="Found")
    def found(self, finding: Finding) -> SafeString:
        """What the check told."""
        return json_block(finding.metadata)


def _repair(finding: Finding) -> Any:
    return BY_NAME[finding.rule].repair_of(finding.kind) if finding.rule in BY_NAME else None


def _repair_url(findings: list[Finding]) -> str:
    return f"{reverse('admin:monitoring_finding_repair')}?{urlencode([('finding', str(each.pk)) for each in findings])}"
