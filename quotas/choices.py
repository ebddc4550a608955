"""The closed lists of words of quotas, with their units."""

from django.db.models import TextChoices


class Metric(TextChoices):
    """What is limited. `storage_gb` is kept in bytes everywhere and shown in decimal GB; all others are counts, the last one days."""

    USERS = "users", "People"
    STORAGE_GB = "storage_gb", "Storage"
    API_CALLS = "api_calls_per_month", "API calls this month"
    THINGS = "entities_total", "Things"
    CONNECTIONS = "connections_total", "Connections"
    RETENTION_DAYS = "events_retention_days", "Age of the oldest event"


class Period(TextChoices):
    """What stretch of time a row of usage is about, in UTC."""

    TOTAL = "total", "In all"
    DAILY = "daily", "Daily"
    MONTHLY = "monthly", "Monthly"
    ANNUAL = "annual", "Annual"


class Per(TextChoices):
    """Whose use a limit is about."""

    GROUP = "group", "The whole group"
    PERSON = "person", "Each person"
    TYPE = "type", "One type of things"


class Span(TextChoices):
    """Further windows of API calls, beside the month."""

    SECOND = "second", "Second"
    MINUTE = "minute", "Minute"
    HOUR = "hour", "Hour"
    DAY = "day", "Day"


class Status(TextChoices):
    """How near to its limit a metric is; `exceeded` is from 100 %: nothing is left."""

    OK = "ok", "OK"
    WARNING = "warning", "Warning"
    CRITICAL = "critical", "Critical"
    EXCEEDED = "exceeded", "Exceeded"
    UNLIMITED = "unlimited", "Unlimited"


COUNTED = (Metric.USERS, Metric.STORAGE_GB, Metric.THINGS, Metric.CONNECTIONS)
"""What the database counts in the transaction that writes the rows."""
BYTES_PER_GB = 1_000_000_000
SPAN_SECONDS = {Span.SECOND: 1, Span.MINUTE: 60, Span.HOUR: 3_600, Span.DAY: 86_400}
