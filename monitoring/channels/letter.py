"""What each attempt to tell is made of, and what it came to."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

ANSWER_LETTERS = 1_000


@dataclass(frozen=True, slots=True)
class Letter:
    """One message on its way: the id that every attempt carries, what is told, and the moment of this attempt."""

    id: uuid.UUID
    change: str
    message: Mapping[str, Any]
    at: datetime

    def text(self, name: str) -> str:
        """A text of the message; blank where it has none."""
        return str(self.message.get(name) or "")


@dataclass(frozen=True, slots=True)
class Request:
    """A POST as it goes out."""

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What an attempt came to: the receiver's status, if it has such a thing, and its words or ours."""

    succeeded: bool
    status: int | None
    answer: str
    took_ms: int


def facts_of(letter: Letter) -> list[tuple[str, str]]:
    """What a person wants to know of an alert, as labels and values."""
    message, group = letter.message, letter.message.get("group") or {}
    found = [
        ("Severity", letter.text("severity").capitalize()),
        ("Group", str(group.get("name", "")) or "the platform"),
        ("Value", _number(message.get("value"))),
        ("Threshold", _number(message.get("threshold"))),
        ("Since (UTC)", letter.text("openedAt")[:19].replace("T", " ")),
        ("By", letter.text("by")),
    ]
    return [(label, value) for label, value in found if value]


def _number(value: object) -> str:
    return f"{value:,.10g}" if isinstance(value, int | float) else ""


CHANGE_WORDS = {
    "opened": "New",
    "escalated": "Worse",
    "reminded": "Still open",
    "acknowledged": "Acknowledged",
    "assigned": "Assigned to you",
    "resolved": "All clear",
    "test": "Test",
    "report": "Report",
}


def headline(letter: Letter) -> str:
    """The message in one line."""
    return f"{CHANGE_WORDS.get(letter.change, letter.change)}. {letter.text('title')}"
