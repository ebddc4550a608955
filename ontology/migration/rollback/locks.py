"""What stands still while a rollback writes: other writers wait, readers go on; keys are looked at once, at the end; rows keep their saved moments."""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from django.db import OperationalError, connection, transaction
from psycopg import sql

from ontology.errors import RollbackRefused

LOCK_TIMEOUT = "200ms"
"""Whoever comes later waits behind a lock that is waited for, so no longer than this; then others pass."""
PATIENCE_SECONDS = 60
_LOCK = sql.SQL("LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
_TRIGGER = sql.SQL("ALTER TABLE {table} {turn} TRIGGER {name}")
OFF, ON = sql.SQL("DISABLE"), sql.SQL("ENABLE")
TOUCHED = sql.Identifier("row_is_touched")
"""The trigger that gives a changed row its moment and, a thing, its version."""
EVERY_OWN = sql.SQL("USER")


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
def saved_values_stand(triggers: Sequence[str], name: sql.Composable) -> Iterator[None]:
    """Inside, keys wait, and the trigger NAME of the tables TRIGGERS sleeps; at the end all of them hold again. Readers go on."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in triggers:
            cursor.execute(_TRIGGER.format(table=sql.Identifier(table), turn=OFF, name=name))
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in triggers:
            cursor.execute(_TRIGGER.format(table=sql.Identifier(table), turn=ON, name=name))


def event_decision() -> None:
    """Events are append-only, save by such a decision, for the transaction that is open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('sextant.event_decision', 'migration', true)")
