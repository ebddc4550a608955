"""What a step of a migration is."""

import uuid
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ontology.choices import LegacyKind
from ontology.migration.plan import Plan, Tally
from ontology.services.bulk import query

FIRST_ID = uuid.UUID(int=0)


class Step(ABC):
    """A step that is done whole, in one transaction, and that finds nothing to do when it is repeated."""

    name: str
    marks: bool = True
    """Whether its transactions are marked, so that rollback gives the rows of them their saved values."""

    @abstractmethod
    def decide(self, plan: Plan, default: uuid.UUID) -> None:
        """Writes down what is to become of the rows, and changes none."""

    def validate(self, plan: Plan, default: uuid.UUID) -> Tally:
        """The numbers that applying the step would give, once everything is decided."""
        return Counter()

    def apply(self, plan: Plan, default: uuid.UUID) -> Tally:
        """Does what a step does at once; steps that go by ranges of keys do nothing here."""
        return Counter()


@dataclass(frozen=True, slots=True)
class KeyRange:
    """Rows of a kind after one id up to another; `since` and `latest` are their first and last moments."""

    after: uuid.UUID
    until: uuid.UUID
    rows: int
    since: datetime
    latest: datetime

    def told(self) -> dict[str, Any]:
        """As statements about a range take it."""
        return {"after": self.after, "until": self.until, "since": self.since, "latest": self.latest}


class KeyedStep(Step):
    """A step that changes rows by ranges of keys, each in a transaction of its own."""

    kind: LegacyKind
    collisions: str
    """The statement that finds rows of a range whose key another row has."""
    referred: tuple[str, ...] = ()
    """The table of its rows, where keys of others point at them: checks of these keys are planned by its statistics."""

    @abstractmethod
    def apply_range(self, plan: Plan, default: uuid.UUID, keys: KeyRange, taken: list[uuid.UUID]) -> Tally:
        """Changes the legacy rows of a range; what is v1 already stays as it is. TAKEN are rows whose key another row has."""

    def taken(self, default: uuid.UUID, keys: KeyRange) -> list[uuid.UUID]:
        """The legacy rows of a range whose key another row has by now. Asked once the database has refused the range for it: hardly any has one; one query."""
        return [row for (row,) in query(self.collisions, {**keys.told(), "default": default})]

    def next_range(self, after: uuid.UUID, size: int) -> KeyRange | None:
        """The next SIZE rows, None when there are no more; one query."""
        until, rows, since, latest = query("migration_batch", {"kind": self.kind.value, "after": after, "size": size})[0]
        return KeyRange(after, until, rows, since, latest) if rows else None

    def pending(self) -> int:
        """How many legacy rows are left; one query."""
        return int(dict(query("migration_rows_left", {}))[self.name])
