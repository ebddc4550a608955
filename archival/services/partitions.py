"""The end of a month in the database: its partition goes when nothing is left in it."""

import random
import time
from datetime import datetime

from django.db import OperationalError, connection
from django.db.backends.utils import CursorWrapper

from archival.sql import statement

OLD_DAYS = 62
"""A month is old when it ended so long ago: late events of younger ones find their partition there."""
ATTEMPTS = 5


def empty_partitions_drop(*, days: int = OLD_DAYS) -> int:
    """Drops the partitions of old months that hold nothing; how many went.

    Each is tried a few times, for a fifth of a second: a reader who is at the events holds it up, and nobody is to wait behind it for longer.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement("partitions_old"), {"days": days})
        months = [moment for (moment,) in cursor.fetchall()]
        return sum(_dropped(cursor, month, days) for month in months)


def _dropped(cursor: CursorWrapper, month: datetime, days: int) -> bool:
    for attempt in range(ATTEMPTS):
        try:
            cursor.execute(statement("partition_drop"), {"month": month, "days": days})
            row = cursor.fetchone()
            return bool(row and row[0])
        except OperationalError:  # the lock was not to be had
            time.sleep(random.uniform(0.1, 0.3) * (attempt + 1))  # noqa: S311 -- jitter
    return False
