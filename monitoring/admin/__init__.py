"""The staff's door to monitoring."""

from monitoring.admin import alerts, capacity, changes, channels, database, deliveries, findings, reviews, snapshots

__all__ = ["alerts", "capacity", "changes", "channels", "database", "deliveries", "findings", "reviews", "snapshots"]
