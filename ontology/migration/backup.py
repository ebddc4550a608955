"""The backup before a migration: one consistent snapshot in one file, verified by reading it back before it has its name."""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import psycopg
from django.db import connection
from psycopg import sql

from ontology.errors import BackupRefused
from ontology.sql import statement

FORMAT = 1
MANIFEST = "manifest.json"
PIECE_BYTES = 1 << 20
SEAL_BYTES = 64
"""The last bytes of a backup: SHA-256 of all before them."""
_COPY = sql.SQL("COPY (SELECT {columns} FROM {table}) TO STDOUT")
DIGEST = sql.SQL(
    "SELECT count(*), coalesce(sum(('x' || left(md5(r::text), 15))::bit(60)::bigint), 0)::text FROM (SELECT {columns} FROM {table}) AS r"
)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, ValueError, TypeError, AttributeError, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True)
class TableBackup:
    """A table in a backup: its rows in COPY's text, their number, SHA-256 of that text, and a digest of the rows whatever their order."""

    columns: list[str]
    rows: int
    bytes: int
    sha256: str
    digest: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `database` names the very database it is of, `schema` the last migration of each app."""

    format: int
    database: str
    server: str
    schema: dict[str, str]
    made_at: str
    tables: dict[str, TableBackup]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables.values())


def backup_write(path: Path) -> Manifest:
    """Writes every table of the ontology, the catalogue, quarantine and quotas as of one moment into PATH; readers and writers go on meanwhile.

    Raises BackupRefused when PATH is taken, cannot be written, or is not what was read when it is read back; then there is no PATH.
    """
    if path.exists():
        raise BackupRefused(f"There is a file {path.name} already; a backup overwrites nothing.")
    growing = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        manifest = _written(growing)
        if backup_verify(growing, database=manifest.database) != manifest:
            raise BackupRefused("The backup is not what was written; is the disk damaged?")
        growing.replace(path)
        _sync(path.parent)
    except OSError as refused:
        raise BackupRefused(f"The backup cannot be written: {refused.strerror or refused}.") from None
    finally:
        growing.unlink(missing_ok=True)
    return manifest


def backup_verify(path: Path, *, database: str | None = None) -> Manifest:
    """The manifest of the backup in PATH, once every byte has been read and compared with it.

    Raises BackupRefused for what is damaged, cut off, of a newer format, or, where DATABASE is given, of another database.
    """
    try:
        _demand_untouched(path)
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(json.loads(archive.read(MANIFEST)))
            if database is not None and manifest.database != database:
                raise BackupRefused(f"The backup is of another database: {manifest.database}, and this one is {database}.")
            for name, table in manifest.tables.items():
                _demand_whole(archive, name, table)
            return manifest
    except FileNotFoundError:
        raise BackupRefused(f"There is no file {path}.") from None
    except _BROKEN as broken:
        raise BackupRefused(f"The backup cannot be read, it is damaged or cut off: {str(broken) or type(broken).__name__}.") from None


def database_identity() -> str:
    """The name by which backups know this database: its cluster's number and its own; one query."""
    with connection.cursor() as cursor:
        cursor.execute(statement("migration_database"))
        return str(cursor.fetchone()[0])


def _manifest(told: dict[str, Any]) -> Manifest:
    if told["format"] > FORMAT:
        raise BackupRefused(f"The backup has the format {told['format']}, and this release reads up to {FORMAT}: take a newer release.")
    return Manifest(**{**told, "tables": {name: TableBackup(**table) for name, table in told["tables"].items()}})


def _demand_untouched(path: Path) -> None:
    """Every byte of the file is as it was written: those before its last 64 have the digest that these are."""
    told, found = _seal(path)
    if told != found:
        raise BackupRefused("The backup is damaged or cut off: its checksum is not the one it was written with.")


def _seal(path: Path) -> tuple[bytes, bytes]:
    """The digest that the file ends with, and the one that its other bytes have, both as 64 hexadecimal digits."""
    digest, left = hashlib.sha256(), path.stat().st_size - SEAL_BYTES
    with path.open("rb") as file:
        while left > 0 and (piece := file.read(min(PIECE_BYTES, left))):
            digest.update(piece)
            left -= len(piece)
        return file.read(), digest.hexdigest().encode()


def _demand_whole(archive: zipfile.ZipFile, name: str, table: TableBackup) -> None:
    digest, size, rows = hashlib.sha256(), 0, 0
    with archive.open(f"{name}.copy") as stream:
        while piece := stream.read(PIECE_BYTES):
            digest.update(piece)
            size, rows = size + len(piece), rows + piece.count(b"\n")
    if (digest.hexdigest(), size, rows) != (table.sha256, table.bytes, table.rows):
        raise BackupRefused(f"The backup is damaged: the rows of {name} are not those it was written with.")


def session_apart() -> psycopg.Connection[Any]:
    """A session of its own in the same database, by the same role."""
    parameters = {name: value for name, value in connection.get_connection_params().items() if name not in {"cursor_factory", "context"}}
    return psycopg.connect(**parameters)


def _written(path: Path) -> Manifest:
    """Writes by a session of its own, since a snapshot is taken before anything else is asked."""
    with session_apart() as session:
        session.execute("SET TIME ZONE 'UTC'")  # digests are of rows as text
        session.commit()
        session.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        session.read_only = True
        with path.open("xb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                manifest = _tables_written(session, archive)
                archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
                archive.comment = bytes(SEAL_BYTES)  # a ZIP ends with its comment, so there is room for the seal
            file.seek(-SEAL_BYTES, os.SEEK_END)
            file.flush()
            file.write(_seal(path)[1])
            file.flush()
            os.fsync(file.fileno())
    return manifest


def _tables_written(session: psycopg.Connection[Any], archive: zipfile.ZipFile) -> Manifest:
    tables: dict[str, TableBackup] = {}
    for name, columns in session.execute(statement("migration_backup_tables")).fetchall():
        parts = {"table": sql.Identifier(name), "columns": sql.SQL(", ").join(map(sql.Identifier, columns))}
        found = session.execute(DIGEST.format(**parts)).fetchone()
        assert found is not None
        with archive.open(f"{name}.copy", "w", force_zip64=True) as stream, session.cursor() as cursor, cursor.copy(_COPY.format(**parts)) as copy:
            sha256, size = _poured(copy, stream)
        tables[name] = TableBackup(columns, found[0], size, sha256, found[1])
    schema = dict(session.execute(statement("migration_schema")).fetchall())
    identity = session.execute(statement("migration_database")).fetchone()
    assert identity is not None
    return Manifest(FORMAT, identity[0], str(session.info.server_version), schema, datetime.now(UTC).isoformat(), tables)


def _poured(copy: "psycopg.Copy", stream: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for piece in _pieces(copy):
        digest.update(piece)
        stream.write(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _pieces(copy: "psycopg.Copy") -> Iterator[bytes]:
    while data := copy.read():
        yield bytes(data)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
