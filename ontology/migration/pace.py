"""How large a migration's batches are, and which of them are done: those that are written side by side end in any order."""

import time
import uuid
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ontology.migration.steps.step import FIRST_ID, KeyRange

TARGET_SECONDS = 0.15
"""From a batch's first statement to the end of its COMMIT: so long a writer waits, at most, who wants a row of it. A busy machine adds to that."""
BUSY_SECONDS = 0.4
"""A batch that took so long met a busy database: the next waits for as long."""
ROWS_FIRST, ROWS_MIN, ROWS_MAX = 100, 20, 10_000
_REMEMBERED = 6


@dataclass(slots=True)
class Pace:
    """How many rows the next batch has: what would have fitted into TARGET_SECONDS as slowly as the slowest of the last few, at most twice as many as
    the last had, at most `most`. `longest` is the longest that a batch took.
    """

    most: int = ROWS_MAX
    rows: int = ROWS_FIRST
    smallest: int = 0
    largest: int = 0
    longest: float = 0.0
    _seconds_a_row: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    _rest: float = 0.0

    def begin(self, most: int) -> None:
        """Another kind of rows: nothing is known of them yet."""
        self.most, self.rows, self._rest = most, min(ROWS_FIRST, most), 0.0
        self._seconds_a_row.clear()

    def took(self, rows: int, seconds: float) -> None:
        """Hears of a batch, COMMIT included."""
        self.smallest, self.largest, self.longest = min(self.smallest or rows, rows), max(self.largest, rows), max(self.longest, seconds)
        self._seconds_a_row.append(max(seconds, 1e-4) / rows)
        fitting = int(TARGET_SECONDS / max(self._seconds_a_row))
        self.rows = min(self.most, max(min(ROWS_MIN, self.most), min(fitting, 2 * self.rows)))
        if seconds > BUSY_SECONDS:
            self._rest = min(seconds, 2.0)

    def rest(self) -> None:
        """Lets a busy database come to itself."""
        seconds, self._rest = self._rest, 0.0
        time.sleep(seconds)


@dataclass(slots=True)
class Ranges:
    """The ranges of one step that were handed out: up to `until` all are committed, save those that are `open`."""

    step: str
    until: uuid.UUID = FIRST_ID
    open: list[KeyRange] = field(default_factory=list)

    @classmethod
    def told(cls, cursor: Mapping[str, Any]) -> "Ranges":
        """As a run's cursor says."""
        return cls(cursor["step"], uuid.UUID(cursor["after"]), list(map(_read, cursor.get("open", ()))))

    def with_done(self, keys: KeyRange) -> dict[str, Any]:
        """The cursor of a run once KEYS are committed."""
        until = max(self.until, keys.until)
        left = [_written(other) for other in self.open if other is not keys and other.until <= until]
        return {"step": self.step, "after": str(until)} | ({"open": left} if left else {})

    def done(self, keys: KeyRange) -> None:
        """KEYS are committed."""
        self.until = max(self.until, keys.until)
        self.open = [other for other in self.open if other is not keys]


def _written(keys: KeyRange) -> list[Any]:
    return [str(keys.after), str(keys.until), keys.rows, keys.since.isoformat(), keys.latest.isoformat()]


def _read(told: Iterable[Any]) -> KeyRange:
    after, until, rows, since, latest = told
    return KeyRange(uuid.UUID(after), uuid.UUID(until), rows, datetime.fromisoformat(since), datetime.fromisoformat(latest))
