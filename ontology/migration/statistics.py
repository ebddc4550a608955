"""The planner is told of rows that change by the million, whose tables autovacuum would look at too late."""

from contextlib import suppress

from django.db import OperationalError, connection, transaction
from psycopg import sql

TABLES = ("ontology_legacyrow", "ontology_thing", "ontology_connection", "ontology_event", "ontology_knowledge", "ontology_thingknowledge")
_PATIENCE = "5s"
"""Nobody who reads or writes waits behind this; autovacuum of the same table gives way after a second."""
_ANALYZE = sql.SQL("ANALYZE {table}")
_ANALYZE_PARENT = sql.SQL("ANALYZE ONLY {table}")
_ONLY_SINCE = 180_000
"""Before PostgreSQL 18 whoever analyses a table analyses each of its partitions, which autovacuum does anyway; the parent is left to us."""


def tables_analyze(*tables: str) -> None:
    """Tells the planner what is in TABLES by now, as their owner; leaves one out that somebody else holds for such a thing. Three queries each."""
    for table in tables:
        with suppress(OperationalError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_PATIENCE])
            words = _ANALYZE_PARENT if connection.connection.info.server_version >= _ONLY_SINCE else _ANALYZE
            cursor.execute(words.format(table=sql.Identifier(table)))
