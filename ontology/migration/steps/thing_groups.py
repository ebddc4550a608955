"""The group of a thing that has none: by evidence, in rounds that each use only the state before them."""

import itertools
import uuid

from ontology.migration.plan import Plan
from ontology.migration.steps.step import Step
from ontology.services.bulk import query, write


class ThingGroups(Step):
    """Decides the group of every legacy thing, and changes no thing."""

    name = "thing_groups"

    def decide(self, plan: Plan, default: uuid.UUID) -> None:
        """As many rounds as settle something, in the caller's transaction; things that no round settles join the default group."""
        write("migration_things_own", {})
        if plan.infer:
            write("migration_mentions", {})
            for number in itertools.count(1):
                settled = dict(query("migration_things_round", {"round": number, "default": default}))
                if not settled.get("inferred"):
                    break
            write("migration_mentions_drop", {})
        write("migration_things_rest", {"default": default})
