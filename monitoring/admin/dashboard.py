"""The page of data quality: how whole the data is, of a group or the platform, what it was, and where it goes."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from monitoring.checks.registry import BY_NAME
from monitoring.choices import AlertState, FindingState, Severity
from monitoring.models import Alert, DataQualitySnapshot, Finding
from monitoring.services.history import Series, of_group, series_of
from monitoring.services.marks import Happened, happened
from monitoring.services.repairing import KIND, UNDO_KIND
from monitoring.services.standards import standards_by_group
from monitoring.thresholds import Standing, worst
from monitoring.trends import SMALLEST_SPREAD
from ontology.admin.charts import Chart, Mark, Moment, Point, short_text
from ontology.admin.figures import Figure
from ontology.admin.parts import NOTHING, Cell, Table, list_url, moment_text, page_url
from ontology.metrics.clock import task_timing
from ontology.models import Group, Run

SPANS = (7, 30, 90, 730)
"""Days that the charts may show."""
WORDS = {
    "referential_integrity": ("Referential integrity", "%"),
    "orphaned_references": ("Orphaned rows", ""),
    "cross_group_violations": ("References into another group", ""),
    "missing_groups": ("Rows without a group", ""),
    "malformed_properties": ("Malformed properties", "% of things"),
    "schema_compliance": ("Schema compliance", "% of things"),
    "archival_progress": ("Archival progress", "% of old events"),
}
STANDINGS = {Standing.HEALTHY: "Healthy", Standing.WARNING: "Warning", Standing.CRITICAL: "Critical"}
ALERTS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All that the page shows."""

    figures: Sequence[Figure]
    alerts: Table
    findings: Table
    repairs: Table
    charts: Sequence[Chart]
    note: str


def dashboard(group: Group | None, days: int, *, repairs_may_be_undone: bool) -> Dashboard:
    """The page of GROUP, or of the platform, with charts of so many DAYS; some fifteen queries, whatever was found."""
    key, today = (group.pk if group else None), timezone.now().date()
    standards = standards_by_group([group] if group else [])
    series = series_of(key, today, standards[key], days=max(days, 180))
    latest = DataQualitySnapshot.objects.filter(of_group(key)).order_by("-day").first()
    first = today - timedelta(days=days - 1)
    marks = happened(key, first, today) if series else []
    return Dashboard(
        figures=_figures(group, latest, series),
        alerts=_alerts(group),
        findings=_findings(group),
        repairs=_repairs(group, may_be_undone=repairs_may_be_undone),
        charts=[_chart(each, first, marks) for each in series.values()],
        note=_note(series),
    )


def _unresolved(group: Group | None) -> Any:
    found = Finding.objects.exclude(state=FindingState.RESOLVED)
    return found if group is None else found.filter(group=group)


def _figures(group: Group | None, latest: DataQualitySnapshot | None, series: Mapping[str, Series]) -> list[Figure]:
    counts = dict(_unresolved(group).order_by().values_list("severity").annotate(Count("id")))
    task = PeriodicTask.objects.select_related("interval", "crontab").filter(task="monitoring.check_daily").first()
    timing = task_timing(task) if task else None
    of_group_ = {"group__id__exact": group.pk} if group else {}
    integrity = series["referential_integrity"] if series else None
    return [
        Figure("Status", _status(latest, counts), "by snapshot and findings", "", "health_and_safety"),
        Figure("Integrity", f"{integrity.values[-1]:.2f} %" if integrity else NOTHING, "of references are whole", "", "link"),
        Figure("Findings", f"{sum(counts.values()):,}", "open or acknowledged", list_url(Finding, **of_group_), "rule"),
        Figure("Critical", f"{counts.get(Severity.CRITICAL, 0):,}", "of them", list_url(Finding, severity__exact="critical", **of_group_), "error"),
        Figure("Last check", _minute(latest.timestamp) if latest else NOTHING, "UTC, of everything", "", "history"),
        Figure(
            "Next check",
            _minute(timing.next) if timing and timing.next else NOTHING,
            "UTC" + (", missed" if timing and timing.is_missed else ""),
            "",
            "schedule",
        ),
    ]


def _status(latest: DataQualitySnapshot | None, counts: Mapping[str, int]) -> str:
    """The worst of the latest snapshot and of what was found since; a dash before anything was looked at."""
    found = [Standing(latest.standing)] if latest else []
    found += [
        standing for severity, standing in ((Severity.CRITICAL, Standing.CRITICAL), (Severity.WARNING, Standing.WARNING)) if counts.get(severity)
    ]
    return STANDINGS[worst(found)] if found else NOTHING


def _minute(moment: Any) -> str:
    return f"{moment:%m-%d %H:%M}"


def _alerts(group: Group | None) -> Table:
    since = timezone.now() - timedelta(hours=24)
    found = Alert.objects.filter(Q(opened_at__gte=since) | ~Q(state=AlertState.RESOLVED)).select_related("group").order_by("-opened_at")
    if group is not None:
        found = found.filter(group=group)
    counts = dict(found.order_by().values_list("severity").annotate(Count("id")))
    told = ", ".join(f"{counts[each]:,} {each.label.lower()}" for each in reversed(Severity) if counts.get(each))
    has_page = admin.site.is_registered(Alert)
    return Table(
        "Alerts of 24 hours, and open ones",
        ("Severity", "Alert", "Group", "Since (UTC)", "State"),
        [
            (
                Cell(each.get_severity_display()),
                Cell(each.summary, page_url(Alert, each.pk) if has_page else ""),
                Cell(str(each.group) if each.group else "Platform"),
                Cell(moment_text(each.opened_at), kind="number"),
                Cell(each.get_state_display()),
            )
            for each in found[:ALERTS_SHOWN]
        ],
        "No alert in the last 24 hours, and none is open.",
        note=told,
    )


def _findings(group: Group | None) -> Table:
    counts = _unresolved(group).order_by().values_list("rule", "severity").annotate(Count("id")).order_by("severity", "rule")
    of_group_ = {"group__id__exact": group.pk} if group else {}
    order = [Severity.CRITICAL.value, Severity.WARNING.value, Severity.INFO.value]
    return Table(
        "What is broken",
        ("Severity", "Check", "Findings", "What it means"),
        [
            (
                Cell(Severity(severity).label),
                Cell(BY_NAME[rule].title, list_url(Finding, rule__exact=rule, **of_group_)),
                Cell(f"{count:,}", kind="number"),
                Cell(BY_NAME[rule].meaning, kind="words"),
            )
            for rule, severity, count in sorted(counts, key=lambda row: (order.index(row[1]), -row[2]))
            if rule in BY_NAME
        ],
        "Nothing that a check found is open.",
        more_url=list_url(Finding, **of_group_),
        more_text="All findings",
    )


def _repairs(group: Group | None, *, may_be_undone: bool) -> Table:
    runs = Run.objects.filter(kind__in=(KIND, UNDO_KIND)).select_related("group", "person").order_by("-id")
    if group is not None:
        runs = runs.filter(group=group)
    return Table(
        "Repairs",
        ("Run", "State", "Rows", "By", "Ended (UTC)", ""),
        [
            (
                Cell("Repair" if run.kind == KIND else "Undoing", page_url(Run, run.pk)),
                Cell(run.get_state_display()),
                Cell(f"{run.counts.get('done', 0):,}", kind="number"),
                Cell(str(run.person or "the platform")),
                Cell(moment_text(run.finished_at), kind="number"),
                Cell("Undo …", reverse("admin:monitoring_repair_undo", args=[run.pk]))
                if may_be_undone and run.kind == KIND and run.has_ended
                else Cell(""),
            )
            for run in runs[:ALERTS_SHOWN]
        ],
        "Nothing was repaired yet.",
    )


def _chart(series: Series, first: date, marks: Sequence[Happened]) -> Chart:
    title, unit = WORDS[series.metric]
    shown = [place for place, day in enumerate(series.days) if day >= first]
    points = [_point(series, place) for place in shown]
    labels = {series.days[place]: _label(series.days[place]) for place in shown}
    score = series.threshold.higher_is_better
    least = min((min(point.value or 0, point.low if point.low is not None else 100) for point in points), default=0.0)
    return Chart(
        title,
        points,
        unit=unit,
        kind="line",
        marks=[Mark(series.threshold.healthy, "healthy from" if score else "healthy up to")],
        moments=[Moment(labels[each.day], each.words) for each in marks if each.day in labels],
        floor=_floor(min(least, series.threshold.warning)) if score else 0.0,
        ceiling=100.0 if score else None,
        note=_told(series),
        words=lambda value: f"{value:,.3f}".rstrip("0").rstrip("."),
        axis=short_text if not score else lambda value: f"{value:g}",
    )


def _floor(least: float) -> float:
    """The lower edge of a chart of percents that holds LEAST, with round levels up to 100."""
    return next(100.0 - room for room in (10.0, 20.0, 40.0, 100.0) if 100.0 - room <= max(0.0, least))


def _label(day: date) -> str:
    return f"{day:%Y-%m-%d}"


def _point(series: Series, place: int) -> Point:
    expected, reach = series.expected.expected[place], series.expected.reach
    if reach <= SMALLEST_SPREAD:
        return Point(_label(series.days[place]), series.values[place] if series.taken[place] else None)
    low, high = max(0.0, expected - reach), expected + reach
    if series.threshold.higher_is_better:
        high, low = min(100.0, high), min(100.0, low)
    return Point(_label(series.days[place]), series.values[place] if series.taken[place] else None, low, high)


def _told(series: Series) -> str:
    parts = [STANDINGS[series.standing]]
    if series.is_anomaly:
        parts.append("unusual beside its own past")
    days = series.days_to_warning
    if days:
        parts.append(f"crosses into warning in {days:,} {'day' if days == 1 else 'days'} if it goes on so")
    return ", ".join(parts) + "."


def _note(series: Mapping[str, Series]) -> str:
    if not series:
        return "There is no snapshot yet. The first comes with the daily check at 02:00 UTC, or with “Check now”."
    return "The shaded band is what each metric's own past lets expect. Letters stand for what happened meanwhile; the words are below each chart."


def group_choices(groups: Any, chosen: uuid.UUID | None) -> list[tuple[str, str, bool]]:
    """Key, name and whether it is chosen, for the selector."""
    return [(str(key), name, key == chosen) for key, name in groups.order_by("name").values_list("pk", "name")[:500]]
