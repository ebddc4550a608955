"""Whether the data is whole, told as a report."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitoring.checks.registry import BY_NAME, CHECKS
from monitoring.choices import Severity
from monitoring.services.surveying import Survey, survey
from monitoring.thresholds import Standing
from ontology.models import Group

LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Issue:
    """A broken row, told."""

    category: str
    severity: str
    record_id: str
    description: str
    metadata: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """{category, severity, recordId, description, metadata}."""
        return {
            "category": self.category,
            "severity": self.severity,
            "recordId": self.record_id,
            "description": self.description,
            "metadata": dict(self.metadata),
        }


@dataclass(frozen=True, slots=True)
class IntegrityReport:
    """How whole the data is: counts of every broken row, and of the worst at most as many issues as were asked for."""

    status: Standing
    total: int
    by_severity: Mapping[str, int]
    details: Mapping[str, int]
    issues: list[Issue]

    def as_json(self) -> dict[str, Any]:
        """{status, summary: {totalIssues, criticalIssues, warningIssues, infoIssues}, details: {…}, issues: […]}."""
        return {
            "status": self.status.value,
            "summary": {
                "totalIssues": self.total,
                "criticalIssues": self.by_severity.get(Severity.CRITICAL, 0),
                "warningIssues": self.by_severity.get(Severity.WARNING, 0),
                "infoIssues": self.by_severity.get(Severity.INFO, 0),
            },
            "details": dict(self.details),
            "issues": [issue.as_json() for issue in self.issues],
        }


def check_integrity(group: Group | None = None, limit: int = LIMIT) -> IntegrityReport:
    """Runs every check over GROUP, or over the whole platform; about three queries a check, which read whole tables. LIMIT bounds the issues listed."""
    return report_of(survey(group=group, limit=limit), limit)


def report_of(found: Survey, limit: int = LIMIT) -> IntegrityReport:
    """The report of a survey: critical issues first."""
    totals = {check.name: found.total(check.name) for check in CHECKS if check.name in found.counts}
    severities: Counter[str] = Counter()
    for name, count in totals.items():
        severities[BY_NAME[name].severity.value] += count
    return IntegrityReport(
        _status(severities),
        sum(totals.values()),
        dict(severities),
        {BY_NAME[name].details: count for name, count in totals.items()},
        _issues(found, limit),
    )


def _status(severities: Mapping[str, int]) -> Standing:
    if severities.get(Severity.CRITICAL):
        return Standing.CRITICAL
    return Standing.WARNING if severities.get(Severity.WARNING) else Standing.HEALTHY


def _issues(found: Survey, limit: int) -> list[Issue]:
    order = [Severity.CRITICAL, Severity.WARNING, Severity.INFO]
    checks = sorted((BY_NAME[name] for name in found.rows), key=lambda check: order.index(check.severity))
    issues = (
        Issue(
            check.name,
            check.severity.value,
            row.record_id,
            check.sentence(row),
            {**row.metadata, "kind": row.kind, "reason": row.reason, "groupId": str(row.group_id) if row.group_id else None},
        )
        for check in checks
        for row in found.rows[check.name]
    )
    return [issue for issue, _ in zip(issues, range(limit), strict=False)]
