"""Reads of quotas, to be chained."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q


class OverrideQuerySet(models.QuerySet[Any]):
    """Overrides."""

    def in_force(self, at: datetime) -> Self:
        """Those that have begun and have not ended."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at), starts_at__lte=at)
