"""Numbers of pages: figures with a note, and bars beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a page, with a note below it and the list behind it."""

    label: str
    text: str
    note: str = ""
    url: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One of several numbers: how wide its bar is beside the longest, and where it leads."""

    label: str
    text: str
    percent: int
    url: str


@dataclass(frozen=True, slots=True)
class Bars:
    """Numbers beside each other."""

    title: str
    bars: Sequence[Bar]
    empty: str


def money_text(amount: Decimal) -> str:
    """A sum with two places."""
    return f"{amount:,.2f}"
