"""The staff's door to monitoring."""

from monitoring.admin import alerts, channels, deliveries, findings, snapshots

__all__ = ["alerts", "channels", "deliveries", "findings", "snapshots"]
