"""One record of a file."""

from dataclasses import dataclass
from typing import Any

from ontology.validation.problems import Fault


@dataclass(frozen=True, slots=True)
class Record:
    """What stands on a line: its text, and its value or what is wrong with it."""

    line: int
    text: bytes
    value: dict[str, Any] | None
    fault: Fault | None
