"""The staff's door to archives."""

from archival.admin import batches, groups

__all__ = ["batches", "groups"]
