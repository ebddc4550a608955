"""Legacy connections that lie on a cycle of a type that has none; they are kept, and told."""

import uuid
from array import array
from collections import Counter

from django.db import connection

from ontology.migration.plan import Plan, Tally
from ontology.migration.steps.step import Step
from ontology.models import ConnectionType
from ontology.sql import statement
from ontology.validation.cycles import links_on_cycles


class Cycles(Step):
    """A finding; nothing is changed."""

    name = "cycles"
    marks = False

    def decide(self, plan: Plan, default: uuid.UUID) -> None:
        """Nothing to decide."""

    def validate(self, plan: Plan, default: uuid.UUID) -> Tally:
        """One query for each acyclic type, once connections are decided."""
        names = ConnectionType.objects.filter(acyclic=True).values_list("name", flat=True)
        return +Counter({"findings.connections_on_cycles": sum(map(_on_cycles, names))})

    def apply(self, plan: Plan, default: uuid.UUID) -> Tally:
        """The same, once they are changed."""
        return self.validate(plan, default)


def _on_cycles(type_name: str) -> int:
    """How many legacy connections of a type lie on a cycle; in 17 bytes a connection."""
    legacy, starts, ends, nodes = bytearray(), array("l"), array("l"), 0
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement("migration_links_numbered"), {"type": type_name})
        for is_legacy, start, end in cursor:
            legacy.append(is_legacy)
            starts.append(start)
            ends.append(end)
            nodes = max(nodes, start + 1, end + 1)
    return sum(legacy[at] for at in links_on_cycles(starts, ends, nodes))
