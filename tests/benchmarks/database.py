"""A scratch database: made by the project's migrations, dropped at the end whatever happens."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg
from django.db import connection
from psycopg import sql

PREFIX = "bench_sextant_"


@contextmanager
def scratch_database() -> Iterator[str]:
    """Connects Django to a fresh database named after this process; yields its URL. Drops what killed runs left as well."""
    name, before = f"{PREFIX}{os.getpid()}", connection.settings_dict["NAME"]
    address = urlsplit(os.environ["DATABASE_OWNER_URL"])
    connection.settings_dict["TEST"]["NAME"] = name
    _leftovers_drop()
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        _let_owner_copy()
        yield urlunsplit(address._replace(path=f"/{name}"))
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        _drop(name)
        connection.close()


def _let_owner_copy(*, allowed: bool = True) -> None:
    """The yardstick is COPY into the very tables, which PostgreSQL refuses to whom row-level security binds; it goes on binding everyone else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT oid::regclass::text FROM pg_class WHERE relrowsecurity")
        for (table,) in cursor.fetchall():
            force = sql.SQL("NO FORCE" if allowed else "FORCE")
            cursor.execute(sql.SQL("ALTER TABLE {} {} ROW LEVEL SECURITY").format(sql.Identifier(table), force))


@contextmanager
def served() -> Iterator[None]:
    """As an installation is: a web process does not start where the owner is not bound."""
    _let_owner_copy(allowed=False)
    try:
        yield
    finally:
        _let_owner_copy()


@contextmanager
def copied() -> Iterator[None]:
    """The yardstick beside a web process that has started already."""
    _let_owner_copy()
    try:
        yield
    finally:
        _let_owner_copy(allowed=False)


def _leftovers_drop() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{PREFIX}%"])
        found = [name for (name,) in cursor.fetchall()]
    for name in found:
        if not psutil.pid_exists(int(name.removeprefix(PREFIX))):
            _drop(name)


def _drop(name: str) -> None:
    """Ends our own sessions there and drops it; FORCE would be refused while autovacuum works there, which a plain DROP stops by itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user", [name])
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def watcher(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    """A connection of its own to look at the database with, while another process writes to it."""
    return psycopg.connect(url, autocommit=True)
