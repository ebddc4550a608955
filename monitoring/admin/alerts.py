"""Pages of alerts: what is wrong, since when, who was told, and what may be done about it."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from itertools import groupby
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from archival.admin.group_archive import may
from monitoring.admin.badges import alert_badge, severity_badge
from monitoring.admin.report import report_page, report_send_view
from monitoring.admin.tables import deliveries_table
from monitoring.choices import AlertState
from monitoring.models import Alert, Delivery
from monitoring.services.alerts import EVENT, alert_acknowledge, alert_assign, alert_snooze
from ontology.admin.listing import as_uuid
from ontology.admin.parts import NOTHING, Cell, json_block, link, list_url, moment_text, page_url, row_cell
from ontology.admin.site import ReadOnlyAdmin, page_context, staff_actor
from ontology.admin.timeline import Moment, Timeline, TimelineDay
from ontology.admin.unfolded import AutocompleteFilter, ChoiceFilter
from ontology.errors import DomainError
from ontology.models import Event, Group, Person
from ontology.services.actor import Actor

RIGHT = "monitoring.work_on_alert"
SNOOZES = {"1": "1 hour", "4": "4 hours", "24": "1 day", "168": "1 week"}
EVENTS_SHOWN = 50


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin[Alert]):
    """Episodes, the latest first; from an episode's page it is acknowledged, assigned and snoozed."""

    change_form_template = "admin/monitoring/alert.html"
    list_display = ("what", "group_link", "severity_label", "state_label", "summary", "opened", "owner_link")
    list_filter = (("state", ChoiceFilter), ("severity", ChoiceFilter), ("category", ChoiceFilter), ("group", AutocompleteFilter))
    list_select_related = ("group", "owner")
    ordering = ("-id",)
    search_fields = ("name",)
    search_part = ("name", "summary")
    search_help_text = "Part of a name or summary, or id"
    fieldsets = (
        (None, {"fields": ("what", "group_link", "severity_label", "state_label", "summary", "measured")}),
        ("The episode", {"fields": ("opened", "seen", "healthy", "resolved", "acknowledged", "owner_link", "snoozed")}),
        ("Details", {"fields": ("category", "details_block"), "classes": ("collapse",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alert]:
        """All alerts in scope with what their pages name."""
        return super().get_queryset(request).select_related("group", "owner", "acknowledged_by")

    def get_urls(self) -> list[URLPattern]:
        """The acts on an episode, before Django's own."""
        view = self.admin_site.admin_view(self.act_view)
        own = [
            path("<uuid:alert_id>/act/<slug:act>/", view, name="monitoring_alert_act"),
            path("report/", self.admin_site.admin_view(self.report_view), name="monitoring_report"),
            path("report/send/", self.admin_site.admin_view(report_send_view), name="monitoring_report_send"),
        ]
        return [*own, *super().get_urls()]

    def report_view(self, request: HttpRequest) -> HttpResponse:
        """The weekly report."""
        return report_page(request, {**self.admin_site.each_context(request), "opts": self.opts})

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The episode with its acts, its timeline and its messages."""
        alert = self.get_object(request, object_id)
        if alert is None:
            return super().change_view(request, object_id, form_url, extra_context)
        may_act = may(request, RIGHT) and alert.state != AlertState.RESOLVED
        url = {act: reverse("admin:monitoring_alert_act", args=[alert.pk, act]) for act in ("acknowledge", "assign", "snooze")} if may_act else {}
        owners = Person.objects.filter(is_staff=True, is_active=True).order_by("email") if may_act else ()
        more = {"acts": url, "owners": owners, "snoozes": SNOOZES, "is_acknowledged": alert.acknowledged_at is not None}
        tables = {"timeline": _timeline(alert), "deliveries": _deliveries(alert)}
        return super().change_view(request, object_id, form_url, page_context(extra_context, **more, **tables))

    def act_view(self, request: HttpRequest, alert_id: uuid.UUID, act: str) -> HttpResponse:
        """Does one of the acts, and leads back to the episode."""
        alert = self.get_queryset(request).filter(pk=alert_id).first()
        if alert is None or act not in _ACTS:
            raise Http404
        if not may(request, RIGHT):
            raise PermissionDenied
        if request.method == "POST":
            try:
                messages.success(request, _ACTS[act](request, alert, staff_actor(request)))
            except DomainError as refused:
                messages.error(request, str(refused))
        return HttpResponseRedirect(reverse("admin:monitoring_alert_change", args=[alert.pk]))

    @admin.display(description="What")
    def what(self, alert: Alert) -> str:
        """Its name, in words."""
        return str(alert)

    @admin.display(description="Group")
    def group_link(self, alert: Alert) -> SafeString | str:
        """The group's page."""
        return link(Group, alert.group_id, alert.group) if alert.group_id else "the platform"

    @admin.display(description="Severity")
    def severity_label(self, alert: Alert) -> SafeString:
        """How bad it is now."""
        return severity_badge(alert.severity)

    @admin.display(description="State")
    def state_label(self, alert: Alert) -> SafeString:
        """Where it stands."""
        return alert_badge(alert.state)

    @admin.display(description="Measured")
    def measured(self, alert: Alert) -> str:
        """The value and what it crossed."""
        if alert.value is None:
            return NOTHING
        return f"{alert.value:,.10g}" + (f", threshold {alert.threshold:,.10g}" if alert.threshold is not None else "")

    @admin.display(description="Opened (UTC)")
    def opened(self, alert: Alert) -> str:
        """When it was crossed."""
        return moment_text(alert.opened_at)

    @admin.display(description="Last seen (UTC)")
    def seen(self, alert: Alert) -> str:
        """When it was last looked at, and how often it was crossed."""
        return f"{moment_text(alert.seen_at)}, crossed {alert.times_seen:,} {'time' if alert.times_seen == 1 else 'times'}"

    @admin.display(description="Healthy since (UTC)")
    def healthy(self, alert: Alert) -> str:
        """Since when it has been healthy."""
        return moment_text(alert.healthy_since)

    @admin.display(description="Resolved (UTC)")
    def resolved(self, alert: Alert) -> str:
        """When the episode ended."""
        return moment_text(alert.resolved_at)

    @admin.display(description="Acknowledged (UTC)")
    def acknowledged(self, alert: Alert) -> SafeString | str:
        """When and by whom."""
        if alert.acknowledged_at is None:
            return NOTHING
        return format_html("{} by {}", moment_text(alert.acknowledged_at), link(Person, alert.acknowledged_by_id, alert.acknowledged_by))

    @admin.display(description="Owner")
    def owner_link(self, alert: Alert) -> SafeString | str:
        """Who answers for it."""
        return link(Person, alert.owner_id, alert.owner)

    @admin.display(description="Snoozed until (UTC)")
    def snoozed(self, alert: Alert) -> str:
        """Until when nothing is told."""
        return moment_text(alert.snoozed_until)

    @admin.display(description="Details")
    def details_block(self, alert: Alert) -> SafeString:
        """What the check told besides."""
        return json_block(alert.details)


def _acknowledged(request: HttpRequest, alert: Alert, actor: Actor) -> str:
    alert_acknowledge(alert, actor=actor)
    return "Acknowledged: those who were told by a program know that somebody is at it."


def _assigned(request: HttpRequest, alert: Alert, actor: Actor) -> str:
    chosen = as_uuid(request.POST.get("owner", ""))
    owner = Person.objects.filter(pk=chosen, is_staff=True, is_active=True).first() if chosen else None
    alert_assign(alert, owner, actor=actor)
    return f"{owner} answers for it now." if owner else "Nobody answers for it now."


def _snoozed(request: HttpRequest, alert: Alert, actor: Actor) -> str:
    hours = request.POST.get("hours", "")
    until = timezone.now() + timedelta(hours=int(hours)) if hours in SNOOZES else None
    alert_snooze(alert, until, actor=actor)
    return f"Nothing but an emergency and its end is told until {moment_text(until)} UTC." if until else "It is told again from now on."


_ACTS: dict[str, Callable[[HttpRequest, Alert, Actor], str]] = {"acknowledge": _acknowledged, "assign": _assigned, "snooze": _snoozed}


def _timeline(alert: Alert) -> Timeline:
    """What happened to the episode; one query by the type's index, and what it names."""
    events = Event.objects.filter(type=EVENT, metadata__alert=str(alert.pk), timestamp__gte=alert.opened_at - timedelta(minutes=5))
    group = alert.group_id or Group.objects.platform().pk
    found = events.filter(group=group).select_related("person").order_by("-timestamp", "-id")[:EVENTS_SHOWN]
    days = groupby(found, key=lambda event: f"{event.timestamp:%Y-%m-%d}")
    return Timeline("What happened", [TimelineDay(day, [_moment(event) for event in of_day]) for day, of_day in days], "Nothing is recorded.")


def _moment(event: Event) -> Moment:
    """One change of the episode, in words."""
    told = event.metadata
    words = [str(told.get("severity", "")), str(told.get("summary", ""))]
    words += [f"until {told['until'][:16].replace('T', ' ')} UTC"] if told.get("until") else []
    who = row_cell(event.person, event.person_id) if event.person_id else None
    return Moment(
        Cell(f"{event.timestamp:%H:%M:%S}", page_url(Event, event.pk)), str(told.get("change", "")), who, None, ": ".join(filter(None, words))
    )


def _deliveries(alert: Alert) -> Any:
    more = list_url(Delivery, alert__id__exact=alert.pk)
    return deliveries_table(Delivery.objects.filter(alert=alert), empty="Nobody was told: no channel listens to it.", more_url=more)
