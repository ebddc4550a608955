"""At the end every rule holds for every row."""

import uuid
from collections import Counter

from django.db import connection
from psycopg import sql

from ontology.migration.plan import Plan, Tally
from ontology.migration.steps.step import Step
from ontology.services.bulk import query

VALIDATE = sql.SQL("ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


class Rules(Step):
    """Validates what was added without a look at the rows there were; readers and writers go on meanwhile."""

    name = "rules"
    marks = False

    def decide(self, plan: Plan, default: uuid.UUID) -> None:
        """Nothing to decide."""

    def apply(self, plan: Plan, default: uuid.UUID) -> Tally:
        """A look at every row of a table whose constraint is not validated; none, usually."""
        found = query("migration_unvalidated", {})
        with connection.cursor() as cursor:
            for table, name in found:
                cursor.execute(VALIDATE.format(table=sql.Identifier(table), name=sql.Identifier(name)))
        return +Counter({"constraints_validated": len(found)})
