"""The staff's door to monitoring."""

from monitoring.admin import alerts

__all__ = ["alerts"]
