"""Saved rows on their way back: read from a backup into tables of the session, so that one statement a table can compare them with what is there."""

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

import psycopg
from django.db import connection
from psycopg import sql

from ontology.errors import BackupRefused
from ontology.migration.backup import PIECE_BYTES, Manifest, TableBackup
from ontology.migration.rollback.tables import SavedTable, run
from ontology.services.bulk import query

_COPY = sql.SQL("COPY {stage} ({columns}) FROM STDIN")
_ANALYZE = sql.SQL("ANALYZE {table}")


def saved_tables(manifest: Manifest, names: Iterable[str]) -> list[SavedTable]:
    """The tables NAMES as the backup holds them. Raises BackupRefused where this release lacks a table or a column; one query."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
    wanted = [name for name in names if name in manifest.tables]
    lacking = sorted(name for name in manifest.tables if name not in there)
    if lacking:
        raise BackupRefused(f"The backup has the table {lacking[0]}, which this release lacks.")
    keys = dict(query("rollback_table_keys", {"tables": wanted}))
    tables = [SavedTable(name, tuple(manifest.tables[name].columns), tuple(keys[name])) for name in wanted]
    for table in tables:
        _demand_columns(table)
    return tables


def _demand_columns(table: SavedTable) -> None:
    with connection.cursor() as cursor:
        there = {column.name for column in connection.introspection.get_table_description(cursor, table.name)}
    lacking = [name for name in table.columns if name not in there]
    if lacking:
        raise BackupRefused(f"The backup has the column {lacking[0]} of {table.name}, which this release lacks.")


def stage(path: Path, manifest: Manifest, tables: Iterable[SavedTable]) -> None:
    """Reads the saved rows of TABLES into the session, for the transaction that is open. Raises BackupRefused when they are not those that were verified."""
    with zipfile.ZipFile(path) as archive:
        for table in tables:
            run("rollback_stage", table.parts())
            _poured(archive, table, manifest.tables[table.name])
            analyze(table.stage)


def analyze(table: sql.Identifier) -> None:
    """Tells the planner what is in a table of the session."""
    with connection.cursor() as cursor:
        cursor.execute(_ANALYZE.format(table=table))


def _poured(archive: zipfile.ZipFile, table: SavedTable, told: TableBackup) -> None:
    digest = hashlib.sha256()
    with archive.open(f"{table.name}.copy") as stream, connection.cursor() as cursor:
        driver = cursor.cursor
        assert isinstance(driver, psycopg.Cursor)
        with driver.copy(_COPY.format(stage=table.stage, columns=table.parts()["columns"])) as copy:
            while piece := stream.read(PIECE_BYTES):
                digest.update(piece)
                copy.write(piece)
    if digest.hexdigest() != told.sha256:
        raise BackupRefused("The backup changed after it was verified.")
