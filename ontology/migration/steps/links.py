"""Legacy knowledge links become v1, or go to quarantine where their ends are gone or apart."""

import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ontology.choices import LegacyKind
from ontology.migration.plan import Plan, Tally
from ontology.migration.steps.step import KeyedStep, KeyRange
from ontology.services.bulk import query, write


class Links(KeyedStep):
    """Rule 5, its second half."""

    name, kind = "thing_knowledge", LegacyKind.LINK
    collisions = "migration_thing_knowledge_taken"

    def decide(self, plan: Plan, default: uuid.UUID) -> None:
        """One statement, after that of the knowledge."""
        write("migration_links_decide", {})

    def validate(self, plan: Plan, default: uuid.UUID) -> Tally:
        """By the decisions."""
        return _tally(query("migration_links_count", {}))

    def apply_range(self, plan: Plan, default: uuid.UUID, keys: KeyRange, taken: list[uuid.UUID]) -> Tally:
        """One statement for the range."""
        return _tally(query("migration_links_apply", {**keys.told(), "run": plan.run_id, "taken": taken}))


def _tally(found: Iterable[tuple[Any, ...]]) -> Tally:
    tally: Tally = Counter()
    for decision, number in found:
        tally["thing_knowledge_migrated" if decision == "migrated" else "thing_knowledge_quarantined"] += number
    return tally
