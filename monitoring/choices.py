"""The closed lists of words that monitoring uses."""

from django.db.models import TextChoices


class Severity(TextChoices):
    """How bad it is."""

    INFO = "info", "Info"
    WARNING = "warning", "Warning"
    CRITICAL = "critical", "Critical"
    EMERGENCY = "emergency", "Emergency"
