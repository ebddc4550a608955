"""For whom this thread or task acts: the scope that row-level security holds every query to.

A scope is sealed with a key that the database knows and the application's role cannot read there, and told to the database once per transaction.
Without a scope no row that belongs to a group can be seen or written.
"""

import hashlib
import hmac
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache

import psycopg
from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus

SETTING = "sextant.context"
TELL = "SELECT set_config(%s, %s, true)"
TELL_WITH_LIMIT = "SELECT set_config(%s, %s, true), set_config('statement_timeout', %s, true)"
EVERY_GROUP = "*"
SEAL_SECONDS = 3600
"""How long a sealed scope is taken by the database: longer than any transaction that a request or a batch of a job opens."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The groups whose rows may be read and written, all of them with `everywhere`, and the person acting, if any."""

    groups: frozenset[uuid.UUID] = frozenset()
    everywhere: bool = False
    person_id: uuid.UUID | None = None

    def with_groups(self, groups: Iterable[uuid.UUID]) -> "Scope":
        """This scope and GROUPS besides, such as one about to be made."""
        return Scope(self.groups | frozenset(groups), self.everywhere, self.person_id)

    def sealed(self) -> str:
        """The scope as the setting carries it: person|groups|until|seal, where `until` is in seconds since 1970."""
        groups = EVERY_GROUP if self.everywhere else ",".join(sorted(map(str, self.groups)))
        claims = f"{self.person_id or ''}|{groups}|{int(time.time()) + SEAL_SECONDS}"
        return f"{claims}|{hmac.new(context_key(settings.SECRET_KEY), claims.encode(), hashlib.sha256).hexdigest()}"


PLATFORM_SCOPE = Scope(everywhere=True)
"""The platform acting by itself: commands, and tasks that serve every group."""

_scope: ContextVar[Scope | None] = ContextVar("sextant_scope", default=None)


@cache
def context_key(secret: str) -> bytes:
    """The 32 bytes that seal scopes, made from an installation's SECRET."""
    return hmac.new(secret.encode(), b"sextant.context", hashlib.sha256).digest()


def current_scope() -> Scope | None:
    """The scope of this thread or task."""
    return _scope.get()


@contextmanager
def acting(scope: Scope) -> Iterator[None]:
    """Acts within SCOPE until the end of the block: every transaction begun in it, and the one that is open, if any.

    One query for an open transaction, else one at the begin of each. Blocks may be nested; the outer scope comes back.
    """
    before = _scope.set(scope)
    try:
        _tell_open_transactions()
        yield
    finally:
        _scope.reset(before)
        _tell_open_transactions()


def _tell_open_transactions() -> None:
    for connection in set(connections.all(initialized_only=True)):  # one of them may stand for another (ontology/replica.py)
        if connection.in_atomic_block and not connection.needs_rollback and not _is_broken(connection):
            tell(connection)


def _is_broken(connection: BaseDatabaseWrapper) -> bool:
    """Whether the transaction can only be rolled back, with its scope."""
    driver = connection.connection
    return driver is None or driver.closed or driver.info.transaction_status == TransactionStatus.INERROR


def tell(connection: BaseDatabaseWrapper) -> None:
    """Tells the database the present scope, and how long a statement of a request may take, for the transaction that is open.

    One round trip, past Django's count of queries.
    """
    scope = _scope.get()
    statement, told = TELL, [SETTING, scope.sealed() if scope else ""]
    if settings.DATABASE_ROLE == "app" and settings.STATEMENT_SECONDS:
        statement, told = TELL_WITH_LIMIT, [*told, f"{settings.STATEMENT_SECONDS}s"]
    with connection.wrap_database_errors:
        # A plain cursor sends the scope beside the statement, so it stands in no log and no view of what sessions do.
        psycopg.Cursor(connection.connection).execute(statement, told, prepare=False)
