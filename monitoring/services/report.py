"""The weekly report: what was wrong, who was told, what ran and what was sealed, as a page, an e-mail and JSON."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from monitoring.choices import AlertChange, AlertState, Severity
from monitoring.models import Alert, Channel, Delivery, JobRecord, Seal, WeeklyReport
from monitoring.services.outbox import message_write
from monitoring.thresholds import Standing
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.services.actor import PLATFORM, Actor
from ontology.services.platform_record import platform_event

WEEK = timedelta(days=7)
EVENT = "monitoring_summary"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report: a sentence that sums it up, and a table."""

    name: str
    title: str
    summary: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Report:
    """Seven days up to a moment (UTC)."""

    begins: datetime
    ends: datetime
    sections: Sequence[Section]

    @property
    def title(self) -> str:
        """Of which week it is."""
        return f"Week from {self.begins:%Y-%m-%d} to {self.ends:%Y-%m-%d}"

    def as_data(self) -> dict[str, Any]:
        """The report for programs."""
        return {
            "begins": self.begins.isoformat(),
            "ends": self.ends.isoformat(),
            "sections": {section.name: {**asdict(section), "rows": [list(row) for row in section.rows]} for section in self.sections},
        }

    def as_text(self) -> str:
        """The report as plain text."""
        parts = [f"{section.title}. {section.summary}\n" + "\n".join("  " + ", ".join(row) for row in section.rows) for section in self.sections]
        return "\n\n".join(parts)


def weekly_report(ends: datetime | None = None) -> Report:
    """The report of the week that ends then, now unless told; a query or two for each section."""
    until = ends or timezone.now()
    with acting(PLATFORM_SCOPE):
        return Report(until - WEEK, until, [section(until - WEEK, until) for section in SECTIONS])


def monday_before(now: datetime) -> datetime:
    """The last midnight between Sunday and Monday (UTC): where the week of a report that is sent ends."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def report_send(*, actor: Actor = PLATFORM) -> int:
    """Sends the report of the last whole week to the channels that want it, each once however often this is called; how many messages."""
    report = weekly_report(monday_before(timezone.now()))
    week = report.begins.date().isoformat()
    with acting(PLATFORM_SCOPE), transaction.atomic():
        told = set(Delivery.objects.filter(change=AlertChange.REPORT, message__week=week).values_list("channel_id", flat=True))
        due = [channel for channel in Channel.objects.select_for_update().filter(enabled=True, reports=True) if channel.pk not in told]
        for channel in due:
            message_write(AlertChange.REPORT, _message(report, week), channel)
        if due:
            platform_event(EVENT, actor=actor, metadata={"week": week, "channels": [channel.name for channel in due]})
    return len(due)


def _message(report: Report, week: str) -> dict[str, Any]:
    return {
        "title": report.title,
        "summary": " ".join(section.summary for section in report.sections),
        "severity": Severity.INFO.value,
        "change": AlertChange.REPORT.value,
        "week": week,
        "at": report.ends.isoformat(),
        "text": report.as_text(),
        "html": render_to_string("monitoring/report.html", {"report": report}),
        "report": report.as_data(),
    }


def _quality(begins: datetime, ends: datetime) -> Section:
    """How whole the data was at the end of the week: the platform, and every group that is not healthy or has declined."""
    told = list(WeeklyReport.objects.filter(week=begins.date()).select_related("group").order_by("group__slug"))
    platform = next((row for row in told if row.group is None), None)
    worth = [row for row in told if row.group is None or row.standing != Standing.HEALTHY or row.body["declined"]]
    rows = [
        (
            row.group.name if row.group else "the platform",
            row.standing,
            ", ".join(name.replace("_", " ") for name in row.body["declined"]) or "nothing",
            *(f"{row.body['findings'][name]:,}" for name in ("opened", "resolved", "open")),
        )
        for row in worth
    ]
    summary = f"The data is {platform.standing}." if platform else "The data was not looked at this week."
    return Section("quality", "Data quality", summary, ("Of", "Standing", "Worse than before", "Found", "Whole again", "Open"), rows)


def _alerts(begins: datetime, ends: datetime) -> Section:
    found = list(Alert.objects.filter(opened_at__gte=begins, opened_at__lt=ends).select_related("group").order_by("-opened_at")[:200])
    counts = Counter(alert.severity for alert in found)
    words = ", ".join(f"{counts[word]} {word}" for word in reversed(Severity.values) if counts[word])
    still = sum(alert.state != AlertState.RESOLVED for alert in found)
    summary = f"{len(found)} opened ({words}), {still} of them not over." if found else "Nothing was wrong that monitoring knows of."
    rows = [
        (
            str(alert),
            alert.group.name if alert.group else "the platform",
            alert.get_severity_display(),
            f"{alert.opened_at:%Y-%m-%d %H:%M}",
            f"{alert.resolved_at:%Y-%m-%d %H:%M}" if alert.resolved_at else "open",
        )
        for alert in found
    ]
    return Section("alerts", "Alerts", summary, ("What", "Group", "Severity", "Opened (UTC)", "Resolved (UTC)"), rows)


def _messages(begins: datetime, ends: datetime) -> Section:
    found = Delivery.objects.filter(created_at__gte=begins, created_at__lt=ends, channel__isnull=False).values_list("channel__name", "state")
    counts = Counter(found)
    names = sorted({name for name, _ in counts})
    lost = sum(count for (_, state), count in counts.items() if state == "failed")
    rows = [(name, *(f"{counts[(name, state)]:,}" for state in ("sent", "waiting", "held", "failed"))) for name in names]
    summary = f"{sum(counts.values()):,} messages to {len(names)} channels, {lost:,} given up."
    return Section("messages", "Messages", summary, ("Channel", "Sent", "Waiting", "Held", "Given up"), rows)


def _jobs(begins: datetime, ends: datetime) -> Section:
    failed = list(JobRecord.objects.filter(failed_at__gte=begins, failed_at__lt=ends).order_by("task"))
    rows = [(row.task, f"{row.failed_at:%Y-%m-%d %H:%M}", row.error, _since(row.succeeded_at)) for row in failed]
    summary = f"{len(failed)} jobs of the clock failed." if failed else "No job of the clock failed."
    return Section("jobs", "Scheduled jobs", summary, ("Job", "Last failure (UTC)", "With", "Last success (UTC)"), rows)


def _since(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "never"


def _seal(begins: datetime, ends: datetime) -> Section:
    sizes = list(Seal.objects.filter(sealed_at__gte=begins, sealed_at__lt=ends).order_by("-number").values_list("number", "events", "hash"))
    rows = [(f"{number:,}", f"{hash_}") for number, _, hash_ in sizes[:1]]
    summary = f"{sum(events for _, events, _ in sizes):,} events were sealed in {len(sizes):,} ranges."
    return Section("seal", "Audit seal", summary, ("Last range", "Its hash"), rows)


SECTIONS: tuple[Callable[[datetime, datetime], Section], ...] = (_quality, _alerts, _messages, _jobs, _seal)
"""Whatever a week should tell; each takes its beginning and end."""
