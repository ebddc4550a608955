"""Shapes of checks, metrics, snapshots and findings."""

from rest_framework import serializers

from monitoring.checks.registry import CHECKS


class Summary(serializers.Serializer):
    """How many rows are broken, by severity."""

    totalIssues = serializers.IntegerField(help_text="All broken rows.")
    criticalIssues = serializers.IntegerField(help_text="Of critical checks.")
    warningIssues = serializers.IntegerField(help_text="Of checks that warn.")
    infoIssues = serializers.IntegerField(help_text="Of checks that only tell.")


class Details(serializers.Serializer):
    """How many rows each check found."""

    vars().update({check.details: serializers.IntegerField(help_text=check.title + ".") for check in CHECKS})


class Issue(serializers.Serializer):
    """A broken row."""

    category = serializers.CharField(help_text="The check that found it.")
    severity = serializers.CharField(help_text="critical, warning or info.")
    recordId = serializers.CharField(help_text="The id of the row, or the name of what is no row.")
    description = serializers.CharField(help_text="What is wrong, in a sentence.")
    metadata = serializers.DictField(help_text="What the sentence is made of, with the kind of row and the reason.")


class Integrity(serializers.Serializer):
    """Whether the data is whole."""

    status = serializers.CharField(help_text="healthy, warning or critical.")
    summary = Summary(help_text="Counts by severity.")
    details = Details(help_text="Counts by check.")
    issues = Issue(many=True, help_text="Broken rows, critical ones first, as many as `limit` lets through.")


class Quality(serializers.Serializer):
    """The metrics of data quality now."""

    timestamp = serializers.DateTimeField(help_text="When they were taken.")
    groupId = serializers.UUIDField(allow_null=True, help_text="The group; null: the whole platform.")
    referentialIntegrityScore = serializers.FloatField(help_text="Percent of references that lead to a row of the same group.")
    orphanedEntityCount = serializers.IntegerField(help_text="Connections and knowledge without what they belong to.")
    crossGroupViolations = serializers.IntegerField(help_text="Rows that refer to another group's.")
    missingGroupIds = serializers.IntegerField(help_text="Rows without a group.")
    malformedPropertiesCount = serializers.IntegerField(help_text="Things that break their type.")
    schemaComplianceScore = serializers.FloatField(help_text="Percent of things that are whole (v1).")
    eventArchivalProgress = serializers.FloatField(help_text="Percent of the events older than the cutoff that are archived.")


class Snapshot(Quality):
    """The metrics as they were on a day."""

    id = serializers.UUIDField(help_text="The snapshot's id.")
    day = serializers.DateField(help_text="The day (UTC).")
    status = serializers.CharField(help_text="healthy, warning or critical, by the thresholds of that day.")
    issues = serializers.IntegerField(help_text="Broken rows of every check.")


class Finding(serializers.Serializer):
    """A broken row over time."""

    id = serializers.UUIDField(help_text="The finding's id.")
    category = serializers.CharField(help_text="The check that found it.")
    severity = serializers.CharField(help_text="critical, warning or info.")
    kind = serializers.CharField(help_text="The kind of row.")
    recordId = serializers.CharField(help_text="The id of the row, or the name of what is no row.")
    reason = serializers.CharField(help_text="In which way the rule is broken.")
    state = serializers.CharField(help_text="open, acknowledged or resolved.")
    openedAt = serializers.DateTimeField(help_text="When it was found.")
    seenAt = serializers.DateTimeField(help_text="When it was last found.")
    timesSeen = serializers.IntegerField(help_text="How many checks found it.")
    resolvedAt = serializers.DateTimeField(allow_null=True, help_text="When it was found whole; null: it is not.")


class SnapshotPage(serializers.Serializer):
    """A page of snapshots."""

    items = Snapshot(many=True, help_text="The snapshots.")
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page.")
    hasMore = serializers.BooleanField(help_text="Whether there is one.")


class FindingPage(serializers.Serializer):
    """A page of findings."""

    items = Finding(many=True, help_text="The findings.")
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page.")
    hasMore = serializers.BooleanField(help_text="Whether there is one.")


WHOLE = {
    "status": "healthy",
    "summary": {"totalIssues": 0, "criticalIssues": 0, "warningIssues": 0, "infoIssues": 0},
    "details": {check.details: 0 for check in CHECKS},
    "issues": [],
}
METRICS = {
    "timestamp": "2026-03-05T12:00:00Z",
    "groupId": "0199a0b1-5c00-7000-8000-000000000001",
    "referentialIntegrityScore": 100.0,
    "orphanedEntityCount": 0,
    "crossGroupViolations": 0,
    "missingGroupIds": 0,
    "malformedPropertiesCount": 0,
    "schemaComplianceScore": 100.0,
    "eventArchivalProgress": 97.5,
}
SNAPSHOTS = {
    "items": [{**METRICS, "id": "0199a0b1-5c00-7000-8000-000000000002", "day": "2026-03-05", "status": "healthy", "issues": 0}],
    "next": None,
    "hasMore": False,
}
FINDINGS = {
    "items": [
        {
            "id": "0199a0b1-5c00-4000-8000-000000000003",
            "category": "malformed_properties",
            "severity": "warning",
            "kind": "thing",
            "recordId": "0199a0b1-5c00-7000-8000-000000000004",
            "reason": "schema",
            "state": "open",
            "openedAt": "2026-03-05T02:00:00Z",
            "seenAt": "2026-03-06T02:00:00Z",
            "timesSeen": 2,
            "resolvedAt": None,
        }
    ],
    "next": None,
    "hasMore": False,
}
