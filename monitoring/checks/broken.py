"""What a check finds, and what it is asked."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Ask:
    """What a check is to look at: one group's rows (None: all), events since a moment (None: all), and the present moment."""

    group_id: uuid.UUID | None
    now: datetime
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that breaks a rule. `reason` says in which of the rule's ways; `metadata` holds what a sentence about it needs."""

    group_id: uuid.UUID | None
    kind: str
    record_id: str
    reason: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
