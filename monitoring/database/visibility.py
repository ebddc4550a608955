"""What the role of jobs may see of the server, and plainly what it may not: nothing fails for it, but a number that is missing must not look like a nought."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import DatabaseError, connection, transaction

from monitoring.sql import rows


@dataclass(frozen=True, slots=True)
class Visibility:
    """What the role that samples may see: whether pg_stat_statements answers, how many statements and sessions of others are hidden from it.

    `remedy` is what a superuser would do about that, blank where nothing is hidden; `unseen` has a sentence for each thing that cannot be told or done.
    """

    statements: bool
    hidden_statements: int
    hidden_sessions: int
    remedy: str
    unseen: Sequence[str] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is hidden."""
        return self.statements and not self.hidden_statements and not self.hidden_sessions and not self.unseen


def visibility() -> Visibility:
    """What the present role may see of the server; two queries."""
    ((sessions, sequences, tables, unkept, measures, replicas, role),) = rows("visibility", {})
    hidden, refusal = _statements()
    told = [*_of_statements(hidden, refusal), *_of_server(sessions, replicas), *_of_tables(sequences, tables, measures), *_of_upkeep(unkept, role)]
    return Visibility(not refusal, hidden, sessions, _remedy(refusal, role if hidden or sessions or not replicas else ""), told)


def _statements() -> tuple[int, str]:
    """How many statements are hidden, and why none is shown at all, if so."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FILTER (WHERE queryid IS NULL) FROM pg_stat_statements(false)")
            ((hidden,),) = cursor.fetchall()
    except DatabaseError as refused:
        return 0, str(refused).splitlines()[0]
    return int(hidden), ""


def _remedy(refusal: str, role: str) -> str:
    if refusal:
        words = "As a superuser: CREATE EXTENSION pg_stat_statements; with shared_preload_libraries = 'pg_stat_statements' in postgresql.conf."
        return f"{words} The server said: {refusal}"
    return f"As a superuser: GRANT pg_monitor TO {role};" if role else ""


def _of_statements(hidden: int, refusal: str) -> Iterator[str]:
    if refusal:
        yield "No statement's calls and time: missing and partial indexes, joins and trends are not told. Slow statements of the application are."
    elif hidden:
        yield f"{hidden:,} statements of other roles: their calls and time are in no sample."


def _of_server(sessions: int, replicas: bool) -> Iterator[str]:
    if sessions:
        yield f"What {sessions:,} sessions of other roles do: they are counted, and whether they work or are idle in a transaction is not known."
    if not replicas:
        yield "Replicas, and how far they are behind."


def _of_tables(sequences: int, tables: int, measures: bool) -> Iterator[str]:
    if sequences:
        yield f"How far {sequences:,} sequences have counted: one near its end is not told."
    if tables:
        yield f"{tables:,} tables may not be read: statements on them have no plan, and no index is advised for them."
    if not measures:
        yield "How bloated tables and indexes are is estimated and not measured: pgstattuple is not there, or may not be used."


def _of_upkeep(unkept: int, role: str) -> Iterator[str]:
    if unkept:
        words = "may not be maintained: ANALYZE, VACUUM and rebuilding leave them alone"
        yield f"{unkept:,} tables {words}. As their owner: GRANT MAINTAIN ON ALL TABLES IN SCHEMA public TO {role};"
