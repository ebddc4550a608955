"""The staff's door to monitoring."""

from monitoring.admin import alerts, channels, deliveries

__all__ = ["alerts", "channels", "deliveries"]
