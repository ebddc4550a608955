"""Types that legacy rows name and the catalogue lacks are registered: without a schema, and taking no new rows."""

import uuid
from collections import Counter

from django.db import transaction

from ontology.migration.plan import Plan, Tally
from ontology.migration.steps.step import Step
from ontology.models import ConnectionType, EventType, ThingType
from ontology.models.catalogue import CatalogueType
from ontology.services.bulk import query, write

CATEGORY = "legacy"
_MODELS: dict[str, type[CatalogueType]] = {"thing": ThingType, "connection": ConnectionType, "event": EventType}


class Types(Step):
    """Registers them."""

    name = "types"
    marks = False

    def decide(self, plan: Plan, default: uuid.UUID) -> None:
        """Nothing to decide."""

    def validate(self, plan: Plan, default: uuid.UUID) -> Tally:
        """How many types would be registered."""
        return _tally(self._unknown())

    def apply(self, plan: Plan, default: uuid.UUID) -> Tally:
        """Registers; waits for running bulk calls, as every edit of the catalogue does, and lets them wait for that alone, not for the look at all rows."""
        found = self._unknown()
        if found:
            with transaction.atomic():
                write("catalogue_lock", {})
                for kind, name in found:
                    words = "Registered by a migration; no row of the old platform told more."
                    _MODELS[kind].objects.get_or_create(name=name, defaults={"category": CATEGORY, "description": words, "active": False})
        return _tally(found)

    def _unknown(self) -> list[tuple[str, str]]:
        return [(kind, name) for kind, name in query("migration_types_unknown", {})]


def _tally(found: list[tuple[str, str]]) -> Tally:
    return Counter({f"findings.{kind}_types_registered": number for kind, number in Counter(kind for kind, _ in found).items()})
