"""Keeping the database in shape: statistics, vacuum, the rebuilding of bloated indexes and, inside a window only, of tables."""

import shutil
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, OperationalError, connection
from django.utils import timezone
from psycopg import sql
from psycopg.errors import Diagnostic

from monitoring.choices import MaintenanceKind, MaintenanceOutcome, RelationKind
from monitoring.database.indexes import is_worth_rebuilding
from monitoring.database.overview import bloat
from monitoring.models import Maintenance
from ontology.isolation import current_scope

LOCK_TIMEOUT = "200ms"
HOT_TABLES = (
    "ontology_event",
    "ontology_thing",
    "ontology_connection",
    "ontology_knowledge",
    "ontology_run",
    "quotas_usage",
    "archival_archivebatch",
)
FULL_PERCENT, FULL_BYTES = 40.0, 100_000_000
ATTEMPTS = 3


def analyze(tables: Iterable[str] = HOT_TABLES) -> list[Maintenance]:
    """Brings the statistics of TABLES up to date; takes no lock that a reader or a writer waits for."""
    return [_done(MaintenanceKind.ANALYZE, table, "ANALYZE {}") for table in tables]


def vacuum() -> list[Maintenance]:
    """Vacuums every table of the application, parts of partitioned ones too. Readers and writers go on."""
    return [_done(MaintenanceKind.VACUUM, table, "VACUUM (ANALYZE, SKIP_LOCKED) {}") for table in _leaf_tables()]


def reindex_bloated() -> list[Maintenance]:
    """Rebuilds indexes whose bloat is worth it, one after the other, concurrently; what an earlier attempt left behind unfinished is dropped first."""
    leftovers = [_done(MaintenanceKind.REINDEX, name, "DROP INDEX CONCURRENTLY IF EXISTS {}") for name in _left_over()]
    worth = [line for line in bloat() if is_worth_rebuilding(line)]
    return leftovers + [_done(MaintenanceKind.REINDEX, line.name, "REINDEX INDEX CONCURRENTLY {}") for line in worth]


def vacuum_full(*, now: datetime | None = None) -> list[Maintenance]:
    """Rewrites tables that are mostly empty: only where switched on, only inside the window, only where bloat pays for it and the disk has room.

    Readers and writers of the table wait as long as it takes, which is why it is off unless MAINTENANCE_FULL says so.
    """
    now = now or timezone.now()
    worth = [line for line in bloat() if line.kind == RelationKind.TABLE and line.percent >= FULL_PERCENT and line.wasted_bytes >= FULL_BYTES]
    return [_full(line.name, line.size_bytes, now) for line in worth]


def _full(table: str, size: int, now: datetime) -> Maintenance:
    refusal = full_refusal(size, now)
    if refusal:
        return _recorded(MaintenanceKind.VACUUM_FULL, table, MaintenanceOutcome.SKIPPED, refusal)
    return _done(MaintenanceKind.VACUUM_FULL, table, "VACUUM (FULL, ANALYZE) {}")


def full_refusal(size: int, now: datetime) -> str:
    """Why a table of SIZE bytes is not rewritten at this moment; blank when it may be."""
    if not settings.MAINTENANCE_FULL:
        return "Rewriting tables is switched off (MAINTENANCE_FULL)."
    begins, ends = settings.MAINTENANCE_WINDOW
    hour = now.astimezone(UTC).hour
    if not (begins <= hour < ends if begins <= ends else hour >= begins or hour < ends):
        return f"Outside the window of {begins}:00 to {ends}:00 UTC."
    free = _free_bytes()
    if free is None:
        return "The room on the disk of the database is not known here (MAINTENANCE_DISK names a folder on it)."
    if free < 2 * size:
        return f"A rewrite needs up to {2 * size:,} bytes of room, and {free:,} are free."
    return ""


def _free_bytes() -> int | None:
    """Free room on the disk that the database lies on, where this machine can see it."""
    folder = settings.MAINTENANCE_DISK
    return shutil.disk_usage(folder).free if folder and Path(folder).exists() else None


def _leaf_tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            " AND has_table_privilege(oid, 'MAINTAIN') ORDER BY relname"
        )
        return [name for (name,) in cursor.fetchall()]


def _left_over() -> list[str]:
    """Indexes that a concurrent rebuilding left behind when it was stopped: invalid, with the suffix that PostgreSQL gives them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid"
            " WHERE NOT i.indisvalid AND c.relnamespace = 'public'::regnamespace AND c.relname ~ '_ccnew[0-9]*$|_ccold[0-9]*$'"
        )
        return [name for (name,) in cursor.fetchall()]


def _sizes(target: str) -> tuple[int, int | None]:
    """Bytes of a table (with its parts) or an index, and its dead rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(pg_total_relation_size(part.relid)), pg_total_relation_size(c.oid))::bigint,"
            " (SELECT sum(s.n_dead_tup)::bigint FROM pg_stat_user_tables AS s WHERE s.relid = c.oid)"
            " FROM pg_class AS c LEFT JOIN LATERAL pg_partition_tree(c.oid) AS part ON part.isleaf"
            " WHERE c.relname = %s AND c.relnamespace = 'public'::regnamespace GROUP BY c.oid",
            [target],
        )
        found = cursor.fetchone()
    return found or (0, None)


def _done(kind: MaintenanceKind, target: str, command: str) -> Maintenance:
    """Runs COMMAND on TARGET outside of any transaction, and records it. A lock that is not to be had is tried for a few times and then left alone."""
    assert current_scope() is None, "maintenance runs outside of a scope, for it runs outside of a transaction"
    size, dead = _sizes(target)
    started, began = timezone.now(), time.monotonic()
    outcome, detail = _tried(lambda: _run(command, target))
    took = (time.monotonic() - began) * 1000
    after, dead_after = _sizes(target)
    return Maintenance.objects.create(
        kind=kind,
        target=target,
        started_at=started,
        took_ms=took,
        bytes_before=size,
        bytes_after=after,
        dead_before=dead,
        dead_after=dead_after,
        outcome=outcome,
        detail=detail,
    )


def _run(command: str, target: str) -> str:
    """What the server warned of meanwhile: it leaves alone what is locked or not ours with a warning, and calls that success."""
    warnings: list[str] = []

    def hear(notice: Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            warnings.append(notice.message_primary or "")

    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET lock_timeout = {}").format(LOCK_TIMEOUT))
        connection.connection.add_notice_handler(hear)
        try:
            cursor.execute(sql.SQL(command).format(sql.Identifier("public", target)))
        finally:
            connection.connection.remove_notice_handler(hear)
            cursor.execute("RESET lock_timeout")
    return "; ".join(warnings)


def _tried(act: Callable[[], str]) -> tuple[MaintenanceOutcome, str]:
    detail = ""
    for attempt in range(ATTEMPTS):
        try:
            detail = act()
        except OperationalError as busy:  # the lock was not to be had in time
            detail = str(busy).splitlines()[0]
            time.sleep(0.2 * (attempt + 1))
        except DatabaseError as refused:
            return MaintenanceOutcome.FAILED, str(refused).splitlines()[0][:500]
        else:
            if not detail:
                return MaintenanceOutcome.DONE, ""
            if "lock not available" not in detail:
                return MaintenanceOutcome.SKIPPED, detail[:500]
            time.sleep(0.2 * (attempt + 1))
    return MaintenanceOutcome.BUSY, detail[:500]


def _recorded(kind: MaintenanceKind, target: str, outcome: MaintenanceOutcome, detail: str) -> Maintenance:
    size, dead = _sizes(target)
    return Maintenance.objects.create(
        kind=kind, target=target, started_at=timezone.now(), bytes_before=size, dead_before=dead, outcome=outcome, detail=detail[:500]
    )
