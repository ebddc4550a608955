"""The staff's door to monitoring."""

from monitoring.admin import alerts, changes, channels, database, deliveries, findings, reviews, snapshots

__all__ = ["alerts", "changes", "channels", "database", "deliveries", "findings", "reviews", "snapshots"]
