"""Registration of the monitoring app."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Integrity, alerts and the database underneath."""

    name = "monitoring"
    verbose_name = "Monitoring"

    def ready(self) -> None:
        """Registers the system checks, and watches the statements of every connection and task."""
        from monitoring import system_checks  # noqa: F401
        from monitoring.database import works  # noqa: F401
