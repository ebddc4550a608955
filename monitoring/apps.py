"""Registration of the monitoring app."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Integrity, alerts and the database underneath."""

    name = "monitoring"
    verbose_name = "Monitoring"

    def ready(self) -> None:
        """Watches the statements of every connection, and those of tasks under their names."""
        from monitoring.database import works  # noqa: F401
