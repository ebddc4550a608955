"""Where an import is in its file: the lines up to one, and batches beyond it that were written out of order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Batch(NamedTuple):
    """A batch of one reading: its number, and its first and last line."""

    number: int
    first: int
    last: int


@dataclass(slots=True)
class Places:
    """The batches of one reading of a file that are committed. Told to a cursor as {pass, line, ahead: [[first, last] …]}."""

    reading: int
    line: int = 0
    ahead: list[tuple[int, int]] = field(default_factory=list)
    _next: int = 0
    _beyond: dict[int, Batch] = field(default_factory=dict)

    @classmethod
    def told(cls, cursor: dict[str, Any], reading: int) -> "Places":
        """The places of READING that an earlier part of the run left in CURSOR."""
        if cursor.get("pass") != reading:
            return cls(reading)
        return cls(reading, cursor.get("line", 0), [(first, last) for first, last in cursor.get("ahead", [])])

    def holds(self, line: int) -> bool:
        """Whether LINE was written by an earlier part of the run."""
        return line <= self.line or any(first <= line <= last for first, last in self.ahead)

    def with_batch(self, batch: Batch) -> dict[str, Any]:
        """The cursor once BATCH is committed."""
        line, ahead, _, _ = self._after(batch)
        return {"pass": self.reading, "line": line, **({"ahead": ahead} if ahead else {})}

    def add(self, batch: Batch) -> None:
        """BATCH is committed."""
        self.line, self.ahead, self._next, self._beyond = self._after(batch)

    def _after(self, batch: Batch) -> tuple[int, list[tuple[int, int]], int, dict[int, Batch]]:
        beyond, line, following = {**self._beyond, batch.number: batch}, self.line, self._next
        while following in beyond:
            line = max(line, beyond.pop(following).last)
            following += 1
        return line, _merged([*self.ahead, *((b.first, b.last) for b in beyond.values())], line), following, beyond


def _merged(intervals: Sequence[tuple[int, int]], line: int) -> list[tuple[int, int]]:
    """INTERVALS that end beyond LINE, each once, in order."""
    return sorted({(first, last) for first, last in intervals if last > line})
