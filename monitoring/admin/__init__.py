"""The staff's door to monitoring."""

from monitoring.admin import database

__all__ = ["database"]
