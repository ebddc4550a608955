"""The system check that tells of legacy rows which wait for their migration."""

from typing import Any

from django.core import checks
from django.db import DatabaseError, transaction

from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.migration.runner import rows_left


@checks.register(deploy=True)
def check_migration(**options: Any) -> list[checks.CheckMessage]:
    """Whether legacy rows wait for their migration: `manage.py check --deploy`. One query; a database that does not answer is told elsewhere."""
    try:
        with acting(PLATFORM_SCOPE), transaction.atomic():
            left = sum(rows_left().values())
    except DatabaseError:
        return []
    told = f"{left:,} legacy rows are not migrated; nobody sees them until they are."
    return [checks.Warning(told, hint="docs/migration-runbook.md; manage.py migrate_ontology.", id="sextant.W001")] if left else []
