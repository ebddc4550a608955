"""Legacy connections become v1, or go to quarantine with the first reason that applies."""

import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ontology.choices import LegacyKind
from ontology.migration.plan import Plan, Tally
from ontology.migration.steps.step import KeyedStep, KeyRange
from ontology.services.bulk import query, write


class Connections(KeyedStep):
    """Rule 3."""

    name, kind = "connections", LegacyKind.CONNECTION
    collisions = "migration_connections_taken"

    def decide(self, plan: Plan, default: uuid.UUID) -> None:
        """One statement: which of equals comes first is a question about all of them."""
        write("migration_connections_decide", {})

    def validate(self, plan: Plan, default: uuid.UUID) -> Tally:
        """By the decisions."""
        return _tally(query("migration_connections_count", {}))

    def apply_range(self, plan: Plan, default: uuid.UUID, keys: KeyRange, taken: list[uuid.UUID]) -> Tally:
        """One statement for the range."""
        return _tally(query("migration_connections_apply", {**keys.told(), "run": plan.run_id, "taken": taken}))


def _tally(found: Iterable[tuple[Any, ...]]) -> Tally:
    tally: Tally = Counter()
    for decision, number, forbidden in found:
        tally["connections_migrated" if decision == "migrated" else f"connections_quarantined.{decision}"] += number
        tally["findings.connections_of_forbidden_pair"] += forbidden
    return +tally
