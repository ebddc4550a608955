"""Legacy knowledge becomes v1; a source that is missing or in another group is cleared."""

import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ontology.choices import LegacyKind
from ontology.migration.plan import Plan, Tally
from ontology.migration.steps.step import KeyedStep, KeyRange
from ontology.services.bulk import query, write


class KnowledgeRows(KeyedStep):
    """Rule 5, its first half."""

    name, kind = "knowledge", LegacyKind.KNOWLEDGE
    collisions = "migration_knowledge_taken"
    referred = ("ontology_knowledge",)

    def decide(self, plan: Plan, default: uuid.UUID) -> None:
        """One statement, since links ask for it."""
        write("migration_knowledge_decide", {"default": default})

    def validate(self, plan: Plan, default: uuid.UUID) -> Tally:
        """By the decisions."""
        return _tally(query("migration_knowledge_count", {}))

    def apply_range(self, plan: Plan, default: uuid.UUID, keys: KeyRange, taken: list[uuid.UUID]) -> Tally:
        """One statement for the range."""
        return _tally(query("migration_knowledge_apply", {**keys.told(), "taken": taken}))


def _tally(found: Iterable[tuple[Any, ...]]) -> Tally:
    tally: Tally = Counter()
    for pieces, cleared, taken in found:
        tally += Counter({"knowledge_migrated": pieces, "knowledge_source_cleared": int(cleared), "findings.knowledge_external_id_taken": taken})
    return tally
