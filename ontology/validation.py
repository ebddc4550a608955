"""Rules over plain data: items of a call in, problems out. No database, clock or settings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of one item: `index` is the item's place in the call, `code` is for programs, `error` for people."""

    index: int
    field: str
    code: str
    error: str
