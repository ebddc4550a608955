"""What stands still while a rollback writes: other writers wait, readers go on; keys are looked at once, at the end; rows keep their saved moments."""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psycopg
from django.db import OperationalError, connection, transaction
from psycopg import sql

from ontology.errors import RollbackRefused
from ontology.migration.backup import session_apart
from ontology.sql import statement

LOCK_TIMEOUT = "200ms"
"""Whoever comes later waits behind a lock that is waited for, so no longer than this; then others pass."""
PATIENCE_SECONDS = 60
_LOCK = sql.SQL("LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
_TRIGGER = sql.SQL("ALTER TABLE {table} {turn} TRIGGER {name}")
OFF, ON = sql.SQL("DISABLE"), sql.SQL("ENABLE")
TOUCHED = sql.Identifier("row_is_touched")
"""The trigger that gives a changed row its moment and, a thing, its version."""
EVENTS_FOLLOW = sql.Identifier("event_references_follow_thing")
"""The trigger that looks for events of each thing that leaves its group: those were looked for at once, and nobody adds one meanwhile."""
EVERY_OWN = sql.SQL("USER")
INDEXES = {
    "rollback_knowledge_source": ("ontology_knowledge", "source_thing_id"),
    "rollback_link_thing": ("ontology_thingknowledge", "thing_id"),
    "rollback_link_knowledge": ("ontology_thingknowledge", "knowledge_id"),
}
"""For the time of a rollback: when a thing leaves its group, each key that refers to it looks for rows that still do, and the indexes there are, of live
rows or of deleted ones alone, are no help to it.
"""
INDEX_PATIENCE = "30s"
"""An index that is made beside people's work waits for transactions that began before it; one that takes longer is made while writers wait."""
_MAKE_INDEX = sql.SQL("CREATE INDEX CONCURRENTLY {name} ON {table} ({column})")
_DROP_IT, _MAKE_IT = sql.SQL("DROP INDEX IF EXISTS {name}"), sql.SQL("CREATE INDEX {name} ON {table} ({column})")
_DROP_INDEX = sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {name}")


def lock(tables: Sequence[str]) -> None:
    """Lets nobody else write into TABLES until the transaction ends; readers go on. Raises RollbackRefused when others hold them for too long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    named = sql.SQL(", ").join(map(sql.Identifier, tables))
    while True:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
                cursor.execute(_LOCK.format(tables=named))
                cursor.execute("SELECT set_config('lock_timeout', '0', true)")
                return
        except OperationalError as refused:
            if not isinstance(refused.__cause__, psycopg.errors.LockNotAvailable | psycopg.errors.DeadlockDetected):
                raise
            if time.monotonic() > deadline:
                raise RollbackRefused(f"Others hold the tables for longer than {PATIENCE_SECONDS} s; nothing was touched. Try again.") from None
            time.sleep(random.uniform(0.02, 0.2))  # noqa: S311 -- jitter


@contextmanager
def saved_values_stand(sleeping: Sequence[tuple[str, sql.Composable]]) -> Iterator[None]:
    """Inside, keys wait, and triggers (table, name) sleep; at the end all of them hold again. Readers go on."""
    indexes_demand()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table, name in sleeping:
            cursor.execute(_TRIGGER.format(table=sql.Identifier(table), turn=OFF, name=name))
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, name in sleeping:
            cursor.execute(_TRIGGER.format(table=sql.Identifier(table), turn=ON, name=name))


@contextmanager
def indexes_beside() -> Iterator[None]:
    """Makes INDEXES before anybody has to wait for the rollback, and drops them after it, also those of an earlier one that was killed."""
    indexes_drop()
    try:
        with suppress(psycopg.errors.LockNotAvailable), session_apart() as session:
            session.autocommit = True
            session.execute("SELECT set_config('lock_timeout', %s, false)", [INDEX_PATIENCE])
            for name, (table, column) in INDEXES.items():
                session.execute(_MAKE_INDEX.format(name=sql.Identifier(name), table=sql.Identifier(table), column=sql.Identifier(column)))
        yield
    finally:
        indexes_drop()


def indexes_drop() -> None:
    """Drops them; nobody waits for it."""
    with session_apart() as session:
        session.autocommit = True
        for name in INDEXES:
            session.execute(_DROP_INDEX.format(name=sql.Identifier(name)))


def indexes_demand() -> None:
    """Makes what could not be made beside people's work, in the open transaction: whoever was in the way is gone by now. A query or two an index."""
    with connection.cursor() as cursor:
        for name, (table, column) in INDEXES.items():
            parts = {"name": sql.Identifier(name), "table": sql.Identifier(table), "column": sql.Identifier(column)}
            cursor.execute(statement("rollback_index_there"), {"name": name})
            if not (cursor.fetchone() or (False,))[0]:
                cursor.execute(_DROP_IT.format(**parts))
                cursor.execute(_MAKE_IT.format(**parts))


def event_decision() -> None:
    """Events are append-only, save by such a decision, for the transaction that is open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('sextant.event_decision', 'migration', true)")
