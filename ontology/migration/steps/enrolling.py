"""Legacy rows that were in the tables already are remembered beside those that were loaded."""

import uuid

from ontology.migration.plan import Plan
from ontology.migration.steps.step import Step
from ontology.services.bulk import write


class Enrolling(Step):
    """Remembers them."""

    name = "enrol"

    def decide(self, plan: Plan, default: uuid.UUID) -> None:
        """One statement."""
        write("migration_enrol", {})
