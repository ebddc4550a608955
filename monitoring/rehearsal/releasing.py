"""The rehearsal: restore, migrate under watch, count, check."""

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from django.core.management import CommandError, call_command
from django.core.management.commands.migrate import Command as MigrateCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from psycopg import Connection, sql

from monitoring.errors import RehearsalImpossible
from monitoring.rehearsal.judging import Fault, Held, locks_too_long, rows_lost
from monitoring.rehearsal.locks import LockWatch
from monitoring.rehearsal.scratch import Server, restore, scratch_database, working_on
from monitoring.services.integrity import check_integrity
from monitoring.services.seal_verifying import seal_verify
from monitoring.sql import statement
from monitoring.thresholds import Standing
from ontology.errors import DomainError
from ontology.isolation import PLATFORM_SCOPE, acting

LOCK_SECONDS = 1.0
ISSUES_TOLD = 10


@dataclass(slots=True)
class Rehearsal:
    """What was done and found; times in seconds, sizes in bytes. `pending` are the migrations the backup lacked, in their order."""

    backup: str
    size_bytes: int = 0
    pending: list[str] = field(default_factory=list)
    steps: dict[str, float] = field(default_factory=dict)
    migrations: dict[str, float] = field(default_factory=dict)
    locks: list[Held] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    integrity: dict[str, Any] = field(default_factory=dict)
    not_looked_at: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing speaks against the release."""
        return not self.faults

    def as_json(self) -> dict[str, Any]:
        """The report for programs: its fields, `clean`, and the stop in seconds that the migrations alone take."""
        return {**asdict(self), "clean": self.is_clean, "stop_seconds": round(sum(self.migrations.values()), 3)}


class _Migrate(MigrateCommand):
    """Django's command, which tells when a migration begins and ends."""

    told: Callable[[str, str], None]

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
        """Tells of each migration, and else does as before."""
        if action in {"apply_start", "apply_success"}:
            self.told(action, str(migration))
        super().migration_progress_callback(action, migration, fake)


def rehearse(backup: Path, server: Server, *, lock_seconds: float = LOCK_SECONDS, tell: Callable[[str], None]) -> Rehearsal:
    """Restores BACKUP on SERVER, runs the migrations it lacks, and checks what came of it; TELL hears of each step.

    A lock that keeps people from a table for longer than LOCK_SECONDS is a fault. The database that people use is neither read nor written.
    Takes the time of the restore, of the migrations and of every check over the data. Raises RehearsalImpossible.
    """
    made = Rehearsal(str(backup))
    try:
        _rehearsed(made, backup, server, lock_seconds, tell)
    except psycopg.Error as broken:
        raise RehearsalImpossible(f"The server for the scratch database broke off: {_first_line(broken)}.") from None
    return made


def _rehearsed(made: Rehearsal, backup: Path, server: Server, lock_seconds: float, tell: Callable[[str], None]) -> None:
    with scratch_database(server) as (name, session):
        with _step(made, "restore", tell):
            restore(server, name, backup)
        with _step(made, "count", tell):
            before = _counted(session)
            made.rows = before
        with _step(made, "migrate", tell), working_on(server, name, "owner"):
            is_migrated = _migrated(made, session, lock_seconds, tell)
        if is_migrated:
            with _step(made, "count again", tell):
                made.faults += rows_lost(before, _counted(session))
            _checked(made, server, name, tell)
        ((made.size_bytes,),) = session.execute("SELECT pg_database_size(current_database())").fetchall()


@contextmanager
def _step(made: Rehearsal, name: str, tell: Callable[[str], None]) -> Iterator[None]:
    tell(f"{name} …")
    began = time.monotonic()
    try:
        yield
    finally:
        made.steps[name] = round(time.monotonic() - began, 3)


def _counted(session: Connection) -> dict[str, int]:
    """The rows of each table with any, by its name."""
    counts = {}
    for (table,) in session.execute(statement("rehearsal_tables_counted")).fetchall():
        ((count,),) = session.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchall()
        if count:
            counts[table] = count
    return counts


def _migrated(made: Rehearsal, session: Connection, lock_seconds: float, tell: Callable[[str], None]) -> bool:
    """Runs what is pending, and notes times and locks; whether all of it went well."""
    executor = MigrationExecutor(connection)
    made.pending = [str(migration) for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    began: dict[str, float] = {}
    refused: Exception | None = None
    with LockWatch(session) as watch:

        def heard(action: str, migration: str) -> None:
            if action == "apply_start":
                began[migration] = time.monotonic()
                watch.migration = migration
                tell(f"  {migration}")
            else:
                made.migrations[migration] = round(time.monotonic() - began[migration], 3)
                watch.migration = "what follows the migrations"

        command = _Migrate(stdout=io.StringIO(), stderr=io.StringIO())
        command.told = heard
        try:
            call_command(command, interactive=False, verbosity=1)
        except Exception as error:  # noqa: BLE001 -- whatever a migration raises is what is looked for
            refused = error
    made.locks = watch.held()
    made.faults += locks_too_long(made.locks, lock_seconds)
    if watch.failed is not None:
        made.faults.append(Fault("not_watched", "migrate", f"The watch over locks broke off: {_first_line(watch.failed)}.", "Rehearse again."))
    if refused is not None:
        made.faults.append(_failed(watch.migration or "migrate", refused))
    return refused is None


def _failed(migration: str, refused: Exception) -> Fault:
    return Fault(
        "migration_failed",
        migration,
        f"{migration} failed: {_first_line(refused)}.",
        "Mend the rows that break it by a change before this one, or mend the migration; then rehearse again. What comes after it was not tried.",
    )


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def _checked(made: Rehearsal, server: Server, name: str, tell: Callable[[str], None]) -> None:
    """Runs the system's checks as requests would be served, and the checks of the data and of the seal as jobs do."""
    with _step(made, "system checks", tell), working_on(server, name, "app"):
        try:
            call_command("check", databases=["default"], stdout=io.StringIO(), stderr=io.StringIO())
        except CommandError as refused:
            told = " ".join(str(refused).split())
            made.faults.append(Fault("check_failed", "system checks", told, "The sentence says what to mend."))
    with working_on(server, name, "worker"), acting(PLATFORM_SCOPE):
        with _step(made, "data checks", tell):
            report = check_integrity(limit=ISSUES_TOLD)
        made.integrity = report.as_json()
        if report.status is Standing.CRITICAL:
            found = ", ".join(f"{name} {count:,}" for name, count in report.details.items() if count)
            made.faults.append(
                Fault("data_broken", "data checks", f"After the migrations {report.total:,} rows are broken: {found}.", "docs/data-quality.md.")
            )
        with _step(made, "seal", tell):
            _seal_checked(made)


def _seal_checked(made: Rehearsal) -> None:
    try:
        seal = seal_verify(archive=False)
    except DomainError as refused:
        made.not_looked_at.append(f"The seal over events: {refused}")
        return
    if not seal.is_whole:
        counts = ", ".join(f"{kind} {count:,}" for kind, count in seal.counts.items())
        made.faults.append(Fault("seal_broken", "seal", f"Events are not as they were sealed: {counts}.", "docs/operations/incident-response.md."))
