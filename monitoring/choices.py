"""The closed lists of words of monitoring."""

from django.db.models import TextChoices


class Severity(TextChoices):
    """How bad something is, from the least to the worst."""

    INFO = "info", "Information"
    WARNING = "warning", "Warning"
    CRITICAL = "critical", "Critical"
    EMERGENCY = "emergency", "Emergency"

    @property
    def rank(self) -> int:
        """0 for the least, 3 for the worst: words do not sort by themselves."""
        return list(Severity).index(self)

    def and_above(self) -> tuple["Severity", ...]:
        """This one and all that are worse."""
        return tuple(Severity)[self.rank :]


class Category(TextChoices):
    """What an alert is about; channels may listen to some of them."""

    DATA_QUALITY = "data_quality", "Data quality"
    DATABASE = "database", "Database"
    QUOTAS = "quotas", "Quotas"
    CLOCK = "clock", "Scheduled jobs"
    AUDIT = "audit", "Audit trail"


class AlertState(TextChoices):
    """Where an episode stands; the moves between them are drawn in monitoring.models.alert."""

    OPEN = "open", "Open"
    RECOVERING = "recovering", "Healthy, not yet for long"
    RESOLVED = "resolved", "Resolved"


class AlertChange(TextChoices):
    """What happened to an episode: the word of its event, and of the message that tells it."""

    OPENED = "opened", "Opened"
    ESCALATED = "escalated", "Escalated"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    ASSIGNED = "assigned", "Assigned"
    SNOOZED = "snoozed", "Snoozed"
    REMINDED = "reminded", "Still open"
    RESOLVED = "resolved", "Resolved"
    TEST = "test", "Test"
    REPORT = "report", "Weekly report"


class ChannelKind(TextChoices):
    """How a channel tells."""

    LOG = "log", "Log of the worker"
    EMAIL = "email", "E-mail"
    SLACK = "slack", "Slack webhook"
    PAGERDUTY = "pagerduty", "PagerDuty"
    WEBHOOK = "webhook", "Signed webhook"


class Covers(TextChoices):
    """Whose alerts a channel tells."""

    ALL = "all", "The platform and every group"
    PLATFORM = "platform", "The platform alone"
    GROUP = "group", "One group and all below it"


class DeliveryState(TextChoices):
    """Where a message to one channel stands."""

    WAITING = "waiting", "Waiting"
    HELD = "held", "Held for quiet hours"
    SENT = "sent", "Sent"
    FAILED = "failed", "Given up"


UNSENT_STATES = (DeliveryState.WAITING, DeliveryState.HELD)


class SlowLevel(TextChoices):
    """How slow a statement was: from SLOW_STATEMENT_MS on."""

    WARNING = "warning", "Slow"
    CRITICAL = "critical", "Very slow"
    EMERGENCY = "emergency", "Far too slow"


class RelationKind(TextChoices):
    """What of the database is sampled day by day."""

    TABLE = "table", "Table"
    INDEX = "index", "Index"


class MaintenanceKind(TextChoices):
    """How the database is kept in shape."""

    ANALYZE = "analyze", "Statistics"
    VACUUM = "vacuum", "Vacuum"
    VACUUM_FULL = "vacuum_full", "Rewriting of a table"
    REINDEX = "reindex", "Rebuilding of an index"


class MaintenanceOutcome(TextChoices):
    """How an act of maintenance ended."""

    DONE = "done", "Done"
    SKIPPED = "skipped", "Left alone"
    BUSY = "busy", "Given up: in use"
    FAILED = "failed", "Failed"


class FindingState(TextChoices):
    """Where a finding stands."""

    OPEN = "open", "Open"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    RESOLVED = "resolved", "Resolved"


class ChangeRisk(TextChoices):
    """What a change may cost; `approvals` is by how many others it is approved."""

    LOW = "low", "Low: taken back by a click"
    MEDIUM = "medium", "Medium: a restart, or minutes of stop"
    HIGH = "high", "High: rows of many groups, or no way back"

    @property
    def approvals(self) -> int:
        """How many people beside the one who asks must approve."""
        return 2 if self is ChangeRisk.HIGH else 1


class ChangeState(TextChoices):
    """Where a change request stands."""

    DRAFT = "draft", "Draft"
    ASKED = "asked", "Waiting for approval"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"
    DONE = "done", "Done"


class ChangeOutcome(TextChoices):
    """How a change went."""

    WELL = "well", "Went well"
    WRONG = "wrong", "Went wrong"
    TAKEN_BACK = "taken_back", "Taken back"


class Verdict(TextChoices):
    """What somebody decided about a change request."""

    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"


class ReviewKind(TextChoices):
    """How long a time a review looks back on."""

    DAILY = "daily", "Day"
    WEEKLY = "weekly", "Week"
    MONTHLY = "monthly", "Month"


class CapacityMetric(TextChoices):
    """What capacity is planned by; the value of the day, or its peak."""

    DATABASE_BYTES = "database_bytes", "Database"
    TABLE_BYTES = "table_bytes", "Tables"
    INDEX_BYTES = "index_bytes", "Indexes"
    EVENT_ROWS = "event_rows", "Events not archived"
    THING_ROWS = "thing_rows", "Things"
    CONNECTION_ROWS = "connection_rows", "Connections"
    KNOWLEDGE_ROWS = "knowledge_rows", "Knowledge"
    STATEMENTS_PEAK = "statements_peak", "Statements a second, busiest minute"
    REQUESTS_PEAK = "requests_peak", "Requests a second, busiest hour"
    SESSIONS_PEAK = "sessions_peak", "Sessions, most at once"
    BUSY_PEAK = "busy_peak", "Sessions at work, busiest minute"
    CACHE_HIT = "cache_hit", "Found in memory"
