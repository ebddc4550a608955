"""The staff's door to monitoring."""

from monitoring.admin import findings, snapshots

__all__ = ["findings", "snapshots"]
