"""The rows of monitoring: alerts, who is told of them, what was delivered; findings, snapshots, thresholds and reports."""

from monitoring.models.alert import Alert
from monitoring.models.capacity import CapacityDay
from monitoring.models.change import ChangeDecision, ChangeRequest, RequestHour, Review
from monitoring.models.channel import Channel, PersonHours
from monitoring.models.database import (
    DatabaseReport,
    DatabaseSample,
    GroupCost,
    Maintenance,
    RelationSample,
    RepeatedStatement,
    SlowStatement,
    Statement,
    StatementCounter,
    StatementSample,
)
from monitoring.models.delivery import Attempt, Delivery
from monitoring.models.finding import Finding, RepairedRow
from monitoring.models.quality import DataQualitySnapshot, QualityThreshold, WeeklyReport
from monitoring.models.seal import Seal, SealEntry
from monitoring.models.watching import Heartbeat, JobRecord

__all__ = [
    "Alert",
    "Attempt",
    "CapacityDay",
    "ChangeDecision",
    "ChangeRequest",
    "Channel",
    "DataQualitySnapshot",
    "DatabaseReport",
    "DatabaseSample",
    "Delivery",
    "Finding",
    "GroupCost",
    "Heartbeat",
    "JobRecord",
    "Maintenance",
    "PersonHours",
    "QualityThreshold",
    "RelationSample",
    "RepairedRow",
    "RepeatedStatement",
    "RequestHour",
    "Review",
    "Seal",
    "SealEntry",
    "SlowStatement",
    "Statement",
    "StatementCounter",
    "StatementSample",
    "WeeklyReport",
]
