"""What a check is, and how broken rows are mended."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from monitoring.checks.broken import Ask, Broken
from monitoring.choices import Severity


class Repair(StrEnum):
    """How broken rows are mended; each can be taken back."""

    CLEAR = "clear", "Clear the reference"
    DELETE = "delete", "Delete the link, softly"
    QUARANTINE = "quarantine", "Put the row into quarantine"
    RECOUNT = "recount", "Count usage anew"

    label: str

    def __new__(cls, value: str, label: str = "") -> "Repair":
        """A word and its name for people."""
        made = str.__new__(cls, value)
        made._value_, made.label = value, label
        return made


def _nothing(ask: Ask) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Check:
    """A rule and how rows that break it are found: by sql/NAME.sql, whose PARTS are SQL of the apps below, or by FIND.

    `details` is its name in reports. `sentences` say of a broken row, by reason, what is wrong ("" for every other reason). `told` gives the statement
    more parameters. `repairs` say what may be done, by the kind of row ("" for every kind).
    """

    name: str
    details: str
    title: str
    severity: Severity
    meaning: str
    advice: str
    sentences: Mapping[str, str]
    repairs: Mapping[str, Repair] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    told: Callable[[Ask], Mapping[str, Any]] = _nothing
    find: Callable[[Ask], Iterator[Broken]] | None = None
    hourly: bool = False

    def sentence(self, broken: Broken) -> str:
        """What is wrong with a row, for people."""
        text = self.sentences.get(broken.reason) or self.sentences[""]
        return text.format_map(_Words({**broken.metadata, "kind": broken.kind, "id": broken.record_id, "reason": broken.reason}))

    def repair_of(self, kind: str) -> Repair | None:
        """What may be done with a broken row of KIND."""
        return self.repairs.get(kind) or self.repairs.get("")


class _Words(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"
