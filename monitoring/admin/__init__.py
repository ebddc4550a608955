"""The staff's door to monitoring."""

from monitoring.admin import alerts, channels, database, database_kept, deliveries, findings, snapshots

__all__ = ["alerts", "channels", "database", "database_kept", "deliveries", "findings", "snapshots"]
