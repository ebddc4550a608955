"""What alerts hear of the data: one condition for each check and each score, of a group or the platform."""

import uuid
from collections.abc import Iterable, Mapping

from django.db.models import Count

from monitoring.checks.check import Check
from monitoring.choices import AlertState, FindingState, Severity
from monitoring.models import Alert, Finding
from monitoring.services.alerts import condition_observed
from monitoring.services.quality import QualityMetrics
from monitoring.services.standards import Standards
from monitoring.thresholds import Standing
from ontology.models import Group

SCORES = {
    "referential_integrity": "Referential integrity is {value:.2f} %.",
    "malformed_properties": "{value:.3f} % of things have properties that break their type.",
    "schema_compliance": "{value:.2f} % of things are whole (v1).",
    "archival_progress": "{value:.1f} % of the events that are old enough are archived.",
}
"""Metrics with a condition of their own; the others are counts of a check, whose condition they set the threshold of."""
COUNTED = {"orphaned_connection": "orphaned_references", "cross_group_ref": "cross_group_violations", "missing_group": "missing_groups"}
TOLD_ELSEWHERE = frozenset({"missed_run", "malformed_properties"})
"""Checks that have no condition here: the clock is watched by itself, malformed properties by their share."""
SEVERITIES = {Standing.HEALTHY: None, Standing.WARNING: Severity.WARNING, Standing.CRITICAL: Severity.CRITICAL}


def checks_observed(checks: Iterable[Check], standards: Mapping[uuid.UUID | None, Standards]) -> None:
    """Tells the conditions of CHECKS by the findings that are open: of every group that has some, and of those with an unfinished episode."""
    for check in checks:
        if check.name in TOLD_ELSEWHERE or check.severity is Severity.INFO:
            continue
        name = f"check.{check.name}"
        unresolved = Finding.objects.filter(rule=check.name).exclude(state=FindingState.RESOLVED)
        counts: dict[uuid.UUID | None, int] = dict(unresolved.values_list("group_id").annotate(Count("id")).order_by())
        for group_id, group in _concerned(name, counts):
            count, metric = counts.get(group_id, 0), COUNTED.get(check.name)
            threshold = standards.get(group_id, standards[None])[metric] if metric else None
            severity = SEVERITIES[threshold.standing(count)] if threshold else (check.severity if count else None)
            condition_observed(
                name=name,
                group=group,
                severity=severity,
                summary=f"{check.title}: {count:,}.",
                value=count,
                threshold=threshold.healthy if threshold else 0,
                details={"rule": check.name, "findings": count},
            )


def metrics_observed(measured: Mapping[uuid.UUID | None, QualityMetrics], standards: Mapping[uuid.UUID | None, Standards]) -> None:
    """Tells the conditions of the scores: of every group where one is not healthy, and of those with an unfinished episode."""
    for metric, sentence in SCORES.items():
        name, values = f"quality.{metric}", {key: found.values[metric] for key, found in measured.items()}
        bad = {key: 1 for key, value in values.items() if standards.get(key, standards[None])[metric].standing(value) is not Standing.HEALTHY}
        for group_id, group in _concerned(name, bad):
            if group_id not in values:
                continue
            threshold, value = standards.get(group_id, standards[None])[metric], values[group_id]
            severity = SEVERITIES[threshold.standing(value)]
            text = sentence.format(value=value)
            condition_observed(
                name=name, group=group, severity=severity, summary=text, value=value, threshold=threshold.healthy, details={"metric": metric}
            )


def _concerned(name: str, found: Mapping[uuid.UUID | None, int]) -> list[tuple[uuid.UUID | None, Group | None]]:
    """The groups that something was FOUND in or that an episode of NAME is open for; two queries."""
    open_for = Alert.objects.filter(name=name).exclude(state=AlertState.RESOLVED).values_list("group_id", flat=True)
    keys = {*found, *open_for}
    groups = {group.pk: group for group in Group.objects.filter(pk__in=[key for key in keys if key])}
    return [(key, groups.get(key) if key else None) for key in sorted(keys, key=str) if key is None or key in groups]
