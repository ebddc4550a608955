"""The report of a week: what each metric was and became, what was found and mended, and where it went down."""

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from monitoring.choices import FindingState, Severity
from monitoring.models import Alert, DataQualitySnapshot, Finding, WeeklyReport
from monitoring.services.alerts import condition_observed
from monitoring.services.history import Series, series_of
from monitoring.services.standards import Standards, standards_by_group
from monitoring.thresholds import SHIPPED, Standing, worst
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Group
from ontology.querysets import PLATFORM_SLUG
from ontology.services.actor import Actor
from ontology.services.record import platform_record

DECLINE_POINTS = 1.0
"""A score that has lost so many points of a hundred in a week has declined, whatever its threshold."""
_ORDER = list(Standing)


def report_week(monday: date | None = None, *, actor: Actor) -> int:
    """Writes the reports of the week from MONDAY (that which has ended last) for the platform and every group with a snapshot; how many.

    One written before is written anew. A decline is told as a condition, which ends with the next week that shows none. One event.
    """
    week = monday or last_week(timezone.now())
    with acting(PLATFORM_SCOPE):
        groups = {group.pk: group for group in Group.objects.exclude(slug=PLATFORM_SLUG)}
        standards = standards_by_group(groups.values())
        told = (
            DataQualitySnapshot.objects.filter(day__gte=week, day__lt=week + timedelta(days=7))
            .order_by()
            .values_list("group_id", flat=True)
            .distinct()
        )
        found = _found(week)
        declined = []
        for key in sorted({*told, None}, key=str):
            body = _body(key, week, standards.get(key, SHIPPED), found.get(key, {}))
            _write(key, week, body)
            if body["declined"]:
                declined.append(str(key or ""))
            _decline_observed(groups.get(key) if key else None, body)
        platform_record("monitoring_summary", actor=actor, metadata={"change": "weekly_report", "week": week.isoformat(), "declined": declined})
        return len({*told, None})


def last_week(now: datetime) -> date:
    """The Monday of the week that had ended last at NOW (UTC)."""
    today = now.astimezone(UTC).date()
    return today - timedelta(days=today.weekday() + 7)


def _body(group_id: uuid.UUID | None, week: date, standards: Standards, found: Mapping[str, int]) -> dict[str, Any]:
    series = series_of(group_id, week + timedelta(days=6), standards)
    metrics = {name: _metric(each, week) for name, each in series.items()}
    return {
        "week": week.isoformat(),
        "groupId": str(group_id) if group_id else None,
        "status": worst([Standing(each["status"]) for each in metrics.values()]).value,
        "metrics": metrics,
        "declined": [name for name, each in metrics.items() if each["declined"]],
        "findings": {name: found.get(name, 0) for name in ("opened", "resolved", "open")},
        "alerts": _alerts(group_id, week),
    }


def _metric(series: Series, week: date) -> dict[str, Any]:
    places = [place for place, day in enumerate(series.days) if day < week]
    before = series.values[places[-1]] if places else None
    now, threshold = series.values[-1], series.threshold
    fell = before is not None and (
        _ORDER.index(threshold.standing(now)) > _ORDER.index(threshold.standing(before))
        or (threshold.higher_is_better and before - now >= DECLINE_POINTS)
    )
    return {
        "from": before,
        "to": now,
        "status": threshold.standing(now).value,
        "declined": fell,
        "unusual": series.is_anomaly,
        "daysToWarning": series.days_to_warning,
    }


def _found(week: date) -> dict[uuid.UUID | None, dict[str, int]]:
    """Findings opened and resolved in the week, and open now, by group; one query."""
    begin = datetime.combine(week, time(), tzinfo=UTC)
    within = (begin, begin + timedelta(days=7))
    counts = {
        "opened": Count("id", filter=Q(opened_at__range=within)),
        "resolved": Count("id", filter=Q(resolved_at__range=within)),
        "open": Count("id", filter=~Q(state=FindingState.RESOLVED)),
    }
    counted = Finding.objects.order_by().values_list("group_id").annotate(**counts)
    made: dict[uuid.UUID | None, dict[str, int]] = {key: dict(zip(counts, numbers, strict=True)) for key, *numbers in counted}
    whole = {name: sum(row[name] for row in made.values()) for name in counts}
    return {**made, None: whole}


def _alerts(group_id: uuid.UUID | None, week: date) -> dict[str, int]:
    begin = datetime.combine(week, time(), tzinfo=UTC)
    opened = Alert.objects.filter(opened_at__gte=begin, opened_at__lt=begin + timedelta(days=7)).order_by()
    if group_id is not None:
        opened = opened.filter(group_id=group_id)
    return dict(opened.values_list("severity").annotate(Count("id")))


def _write(group_id: uuid.UUID | None, week: date, body: Mapping[str, Any]) -> None:
    WeeklyReport.objects.bulk_create(
        [WeeklyReport(week=week, group_id=group_id, standing=body["status"], body=dict(body))],
        update_conflicts=True,
        unique_fields=["week", "group"],
        update_fields=["standing", "body"],
    )


def _decline_observed(group: Group | None, body: Mapping[str, Any]) -> None:
    names = ", ".join(name.replace("_", " ") for name in body["declined"])
    condition_observed(
        name="quality.decline",
        group=group,
        severity=Severity.WARNING if body["declined"] else None,
        summary=f"Worse than a week before: {names}." if names else "No metric is worse than a week before.",
        details={"week": body["week"], "declined": body["declined"]},
    )
