"""A clock that goes only when told."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass
class Clock:
    """The moment that `timezone.now()` tells."""

    now: datetime

    def passes(self, **amount: float) -> datetime:
        """Goes on by AMOUNT, as timedelta takes it; the new moment."""
        self.now += timedelta(**amount)
        return self.now
