"""The staff's door to archives."""

from archival.admin import batches, groups, things

__all__ = ["batches", "groups", "things"]
