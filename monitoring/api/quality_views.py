"""Whether the data is whole, of a group and of the platform: integrity/, quality/, snapshots/, findings/."""

import uuid
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from monitoring.api import quality_shapes as shapes
from monitoring.checks.registry import CHECKS
from monitoring.choices import FindingState, Severity
from monitoring.models import DataQualitySnapshot, Finding
from monitoring.services.history import of_group
from monitoring.services.integrity import LIMIT, check_integrity
from monitoring.services.quality import data_quality_metrics
from ontology.api.answers import answer
from ontology.api.columns import Columns
from ontology.api.endpoint import Endpoint, GroupEndpoint
from ontology.api.operations import describes
from ontology.api.pages import Listing, Order
from ontology.api.parameters import Parameter
from ontology.api.refusals import Refusal
from ontology.choices import Right
from ontology.isolation import PLATFORM_SCOPE, Scope
from ontology.models import Group

TAG = "data quality"
ISSUES = Parameter("limit", "How many broken rows to list at most.", "integer", default=LIMIT, minimum=0, maximum=LIMIT)
CATEGORY = Parameter("category", "Of this check alone.", choices=tuple(check.name for check in CHECKS))
SEVERITY = Parameter("severity", "Of this severity alone.", choices=(Severity.CRITICAL, Severity.WARNING, Severity.INFO))
STATE = Parameter("state", "In this state alone; without it all but resolved ones.", choices=(*FindingState.values, "any"))
HIDDEN = frozenset({"refers"})
"""Of a broken row, what tells of another group."""
SNAPSHOTS = Listing(
    "snapshots",
    Columns(
        {
            "id": "id",
            "day": "day",
            "timestamp": "timestamp",
            "groupId": "group_id",
            "status": "standing",
            "referentialIntegrityScore": "referential_integrity_score",
            "orphanedEntityCount": "orphaned_entity_count",
            "crossGroupViolations": "cross_group_violations",
            "missingGroupIds": "missing_group_ids",
            "malformedPropertiesCount": "malformed_properties_count",
            "schemaComplianceScore": "schema_compliance_score",
            "eventArchivalProgress": "event_archival_progress",
            "issues": "issues",
        }
    ),
    (Order("-day", ("day", "id"), (date.fromisoformat, uuid.UUID)),),
)
FINDINGS = Listing(
    "findings",
    Columns(
        {
            "id": "id",
            "category": "rule",
            "severity": "severity",
            "kind": "kind",
            "recordId": "record_id",
            "reason": "reason",
            "state": "state",
            "openedAt": "opened_at",
            "seenAt": "seen_at",
            "timesSeen": "times_seen",
            "resolvedAt": "resolved_at",
        }
    ),
    (Order("-openedAt", ("opened_at", "id"), (datetime.fromisoformat, uuid.UUID)),),
)


class PlatformEndpoint(Endpoint):
    """A view of the whole platform, for its owners alone."""

    group: Group | None = None

    def admitted(self) -> Scope:
        """Everything. Raises Refusal 403 for whoever does not govern the platform, and for a token of one group."""
        super().admitted()
        if not self.actor.governs or (self.token is not None and self.token.group_id is not None):
            raise Refusal(403, "platform_only", "This is about the whole platform, and for its owners alone.")
        return PLATFORM_SCOPE


def _integrity(group: Group | None, limit: int) -> HttpResponse:
    told = check_integrity(group, limit).as_json()
    if group is not None:
        for issue in told["issues"]:
            issue["metadata"] = {name: value for name, value in issue["metadata"].items() if name not in HIDDEN}
    return answer(told)


def _findings(group: Group | None, parameters: Any) -> HttpResponse:
    rows: QuerySet[Finding] = Finding.objects.all() if group is None else Finding.objects.filter(group=group)
    if parameters["state"] != "any":
        rows = rows.filter(state=parameters["state"]) if parameters["state"] else rows.exclude(state=FindingState.RESOLVED)
    for name, column in (("category", "rule"), ("severity", "severity")):
        if parameters[name]:
            rows = rows.filter(**{column: parameters[name]})
    return answer(FINDINGS.page(rows, parameters))


def _snapshots(group: Group | None, parameters: Any) -> HttpResponse:
    return answer(SNAPSHOTS.page(DataQualitySnapshot.objects.filter(of_group(group.pk if group else None)), parameters))


class Integrity(GroupEndpoint):
    """Whether a group's data is whole."""

    @describes(
        Right.MANAGE,
        "integrity",
        "Check the group's data",
        "Runs every check over the group now, and lists broken rows. It reads all rows of the group: ask daily rather than every minute.",
        tag=TAG,
        answers={200: shapes.Integrity},
        parameters=(ISSUES,),
        shown=shapes.WHOLE,
    )
    def get(self, request: Any) -> HttpResponse:
        """The report."""
        return _integrity(self.group, self.parameters["limit"])


class PlatformIntegrity(PlatformEndpoint):
    """Whether everything is whole."""

    @describes(
        Right.MANAGE,
        "platform_integrity",
        "Check all data",
        "Runs every check over the whole platform now, and lists broken rows. For owners of the platform.",
        tag=TAG,
        answers={200: shapes.Integrity},
        parameters=(ISSUES,),
        shown=shapes.WHOLE,
        refusals={403},
    )
    def get(self, request: Any) -> HttpResponse:
        """The report."""
        return _integrity(None, self.parameters["limit"])


class Quality(GroupEndpoint):
    """A group's metrics of quality."""

    @describes(
        Right.HISTORY,
        "quality",
        "Read the group's quality",
        "The metrics of data quality, computed now.",
        tag=TAG,
        answers={200: shapes.Quality},
        shown=shapes.METRICS,
    )
    def get(self, request: Any) -> HttpResponse:
        """The metrics."""
        return answer(data_quality_metrics(self.group).as_json())


class PlatformQuality(PlatformEndpoint):
    """The platform's metrics of quality."""

    @describes(
        Right.MANAGE,
        "platform_quality",
        "Read the platform's quality",
        "The metrics of data quality of everything, computed now. For owners of the platform.",
        tag=TAG,
        answers={200: shapes.Quality},
        shown={**shapes.METRICS, "groupId": None},
        refusals={403},
    )
    def get(self, request: Any) -> HttpResponse:
        """The metrics."""
        return answer(data_quality_metrics().as_json())


class Snapshots(GroupEndpoint):
    """A group's metrics over time."""

    @describes(
        Right.HISTORY,
        "snapshots",
        "List the group's snapshots",
        "The metrics as they were, a day each, the latest first.",
        tag=TAG,
        answers={200: shapes.SnapshotPage},
        parameters=SNAPSHOTS.parameters,
        shown=shapes.SNAPSHOTS,
    )
    def get(self, request: Any) -> HttpResponse:
        """A page."""
        return _snapshots(self.group, self.parameters)


class PlatformSnapshots(PlatformEndpoint):
    """The platform's metrics over time."""

    @describes(
        Right.MANAGE,
        "platform_snapshots",
        "List the platform's snapshots",
        "The metrics of everything as they were, a day each, the latest first. For owners of the platform.",
        tag=TAG,
        answers={200: shapes.SnapshotPage},
        parameters=SNAPSHOTS.parameters,
        shown=shapes.SNAPSHOTS,
        refusals={403},
    )
    def get(self, request: Any) -> HttpResponse:
        """A page."""
        return _snapshots(None, self.parameters)


class Findings(GroupEndpoint):
    """A group's findings."""

    @describes(
        Right.HISTORY,
        "findings",
        "List the group's findings",
        "Broken rows over time, the latest first; resolved ones where `state` asks for them.",
        tag=TAG,
        answers={200: shapes.FindingPage},
        parameters=(CATEGORY, SEVERITY, STATE, *FINDINGS.parameters),
        shown=shapes.FINDINGS,
    )
    def get(self, request: Any) -> HttpResponse:
        """A page."""
        return _findings(self.group, self.parameters)


class PlatformFindings(PlatformEndpoint):
    """All findings."""

    @describes(
        Right.MANAGE,
        "platform_findings",
        "List all findings",
        "Broken rows of every group over time, the latest first; resolved ones where `state` asks for them. For owners of the platform.",
        tag=TAG,
        answers={200: shapes.FindingPage},
        parameters=(CATEGORY, SEVERITY, STATE, *FINDINGS.parameters),
        shown=shapes.FINDINGS,
        refusals={403},
    )
    def get(self, request: Any) -> HttpResponse:
        """A page."""
        return _findings(None, self.parameters)
