"""Registration of the monitoring app."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Integrity, alerts and the database underneath."""

    name = "monitoring"
    verbose_name = "Monitoring"
