"""Whether isolation stands: the role, its rights, the policies and the seal, asked of the database itself before anything is served."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from ontology.isolation import Scope
from ontology.sql import statement

HINTS = {
    "E001": "Let it sign in as a role without SUPERUSER: docs/setup.md has the statements that make the three roles.",
    "E002": "ALTER ROLE … NOBYPASSRLS.",
    "E003": "Point DATABASE_URL at the role of requests and DATABASE_WORKER_URL at the role of jobs, neither the owner of the tables nor a member of it.",
    "E004": "ALTER ROLE … NOCREATEROLE NOCREATEDB NOREPLICATION.",
    "E005": "In a migration: SELECT ontology_isolate('table').",
    "E006": "ALTER TABLE … FORCE ROW LEVEL SECURITY.",
    "E007": "Drop the policy that does not belong, and make the one of migration ontology.0007_isolation again.",
    "E008": "SELECT ontology_partition_close('partition').",
    "E009": "REVOKE TRUNCATE, REFERENCES, TRIGGER ON … FROM …; events take INSERT and SELECT alone.",
    "E010": "REVOKE ALL ON ontology_context_key FROM …, PUBLIC.",
    "E011": "Migrate ontology to 0005 and forward again; nobody but a migration changes these functions.",
    "E012": "REVOKE CREATE ON SCHEMA public FROM …, PUBLIC: whoever makes functions there may stand in front of the ones that check.",
    "E013": "Run `manage.py renew_context_key` with the SECRET_KEY that the web and worker processes have.",
}
"""What mends each fault."""


def isolation_faults(connection: BaseDatabaseWrapper) -> list[checks.CheckMessage]:
    """Every reason for which CONNECTION must not serve requests or jobs; empty when isolation stands. Three queries of the catalog."""
    if settings.DATABASE_ROLE == "owner":
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement("isolation_faults"))
        found: list[tuple[str, str]] = cursor.fetchall()
    return [_error(code, sentence) for code, sentence in [*found, *_seal_faults(connection)]]


def isolation_demand() -> None:
    """Raises ImproperlyConfigured with every fault of the isolation, so that a process that would leak never starts to serve."""
    faults = isolation_faults(connections["default"])
    connections["default"].close()
    if faults:
        lines = [f"{fault.id}: {fault.msg} {fault.hint}" for fault in faults]
        raise ImproperlyConfigured("\n".join(["The database would not keep tenants apart, so nothing is served.", *lines]))


@checks.register(checks.Tags.database)
def check_isolation(*, databases: Sequence[str] | None = None, **options: Any) -> list[checks.CheckMessage]:
    """The same as a system check: `manage.py check --database default`."""
    return [fault for alias in databases or [] for fault in isolation_faults(connections[alias])]


def _error(code: str, sentence: str) -> checks.Error:
    return checks.Error(sentence, hint=HINTS[code], id=f"sextant.{code}")


def _seal_faults(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, str]]:
    """Whether the database takes this process's seal, and only that."""
    sealed = Scope().sealed()
    forged = sealed[:-1] + ("0" if sealed[-1] != "0" else "1")
    if not _is_taken(connection, sealed):
        yield "E013", "The database does not take scopes sealed with this process's SECRET_KEY."
    if _is_taken(connection, forged):
        yield "E011", "The database takes a scope whose seal is forged."


def _is_taken(connection: BaseDatabaseWrapper, sealed: str) -> bool:
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("SELECT ontology_claims(%s)", [sealed])
            return cursor.fetchone() is not None
    except DatabaseError:
        return False
