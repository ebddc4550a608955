"""Legacy events become v1; none goes to quarantine."""

import uuid
from collections import Counter

from django.db import connection

from ontology.choices import LegacyKind
from ontology.migration.plan import Plan, Tally
from ontology.migration.steps.step import KeyedStep, KeyRange
from ontology.services.bulk import query


class Events(KeyedStep):
    """Rule 4."""

    name, kind = "events", LegacyKind.EVENT
    collisions = "migration_events_taken"

    def decide(self, plan: Plan, default: uuid.UUID) -> None:
        """Each event is decided where it is changed: nothing depends on it."""

    def validate(self, plan: Plan, default: uuid.UUID) -> Tally:
        """By the same rules, read only."""
        return _tally(*query("migration_events_count", {"default": default})[0])

    def apply_range(self, plan: Plan, default: uuid.UUID, keys: KeyRange, taken: list[uuid.UUID]) -> Tally:
        """Two statements for the range; events are append-only, save by such a decision."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('sextant.event_decision', 'migration', true)")
        told = {**keys.told(), "default": default, "taken": taken}
        return _tally(*query("migration_events_apply", told)[0])


def _tally(events: int, cleared: int, renamed: int) -> Tally:
    return +Counter({"events_migrated": events, "events_reference_cleared": int(cleared), "findings.events_external_id_taken": renamed})
