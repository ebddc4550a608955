"""The database's side of isolation: what the roles of requests and jobs may touch, and the keys that seal scopes."""

from collections.abc import Iterable

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from ontology.isolation import context_key
from ontology.sql import statement

BLOCK_BYTES = 64
"""The block of SHA-256, which HMAC pads its key to (RFC 2104)."""
GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    "REVOKE UPDATE, DELETE ON ontology_event FROM {role}",
    "REVOKE ALL ON ontology_context_key FROM {role}",
    "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
)
"""Rows of every table, none of a partition, none of the keys; events are only added. Nobody but the owner may empty or change a table."""


def roles_grant(connection: BaseDatabaseWrapper, roles: Iterable[str]) -> None:
    """Gives each of ROLES, save the owner itself, what requests and jobs need of the tables there are and those to come."""
    with connection.cursor() as cursor:
        for role in set(roles) - {connection.settings_dict["USER"]}:
            for text in GRANTS:
                cursor.execute(sql.SQL(text).format(role=sql.Identifier(role)))
        cursor.execute("SELECT ontology_partition_close(inhrelid::regclass) FROM pg_inherits WHERE inhparent = 'ontology_event'::regclass")


def roles_revoke(connection: BaseDatabaseWrapper, roles: Iterable[str]) -> None:
    """Takes back what `roles_grant` gave."""
    with connection.cursor() as cursor:
        for role in set(roles) - {connection.settings_dict["USER"]}:
            for kind in ("TABLES", "SEQUENCES"):
                parts = {"role": sql.Identifier(role), "kind": sql.SQL(kind)}
                cursor.execute(sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON {kind} FROM {role}").format(**parts))
                cursor.execute(sql.SQL("REVOKE ALL ON ALL {kind} IN SCHEMA public FROM {role}").format(**parts))


def context_keys_set(connection: BaseDatabaseWrapper, secrets: Iterable[str]) -> None:
    """Makes the database take scopes sealed by installations with one of SECRETS, and no others."""
    pads = [_pads(context_key(secret)) for secret in secrets]
    with connection.cursor() as cursor:
        for inner, outer in pads:
            cursor.execute(statement("context_key_add"), {"inner": inner, "outer": outer})
        cursor.execute(statement("context_keys_drop"), {"inner": [inner for inner, _ in pads]})


def _pads(key: bytes) -> tuple[bytes, bytes]:
    whole = key.ljust(BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in whole), bytes(byte ^ 0x5C for byte in whole)
