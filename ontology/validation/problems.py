"""What is wrong with an item, in words."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

type Fault = tuple[str, str, str]
"""A field, a code for programs and a sentence for people; a Problem without its place."""

FAULTS_MAX = 20
"""Of one kind in one item: an item of 100,000 wrong keys is told in a few sentences, not in 100,000."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of one item: `index` is the item's place in the call, `code` is for programs, `error` for people."""

    index: int
    field: str
    code: str
    error: str


def problems_at(index: int, faults: Iterable[Fault]) -> list[Problem]:
    """The FAULTS of the item at INDEX."""
    return [Problem(index, field, code, error) for field, code, error in faults]


def few(faults: Iterator[Fault]) -> list[Fault]:
    """The first of FAULTS; when there are more, the last one counts them."""
    first = list(itertools.islice(faults, FAULTS_MAX))
    rest = sum(1 for _ in faults)
    if rest:
        field, code, _ = first[-1]
        first[-1] = (field, code, f"{field} is the first of {rest + 1:,} more such problems.")
    return first


def objects(items: Sequence[object]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Those of ITEMS that are objects, with their places."""
    return ((index, item) for index, item in enumerate(items) if isinstance(item, Mapping))


def no_objects(items: Sequence[object]) -> list[Problem]:
    """A problem for every one of ITEMS that is no object."""
    return [
        Problem(index, "", "not_object", f"The item must be an object, not {shown(item)}.")
        for index, item in enumerate(items)
        if not isinstance(item, Mapping)
    ]


def words(choices: Iterable[str]) -> str:
    """Choices as a sentence lists them: a, b or c."""
    *most, last = sorted(choices)
    return f"{', '.join(most)} or {last}" if most else last


def named(key: object, limit: int = 60) -> str:
    """A key of an item as the name of a field: without what cannot be stored or printed, cut to LIMIT characters."""
    text = str(key)
    return text if text.isprintable() and len(text) <= limit else shown(text, limit).strip("'")


def shown(value: object, limit: int = 60) -> str:
    """A value as a sentence may quote it, cut to LIMIT characters."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}…"
