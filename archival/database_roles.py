"""What the roles of requests and jobs may do with archives: jobs move events, requests read and decide."""

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

MOVING = (
    "archival_batch_held(uuid, bigint, text[])",
    "archival_batch_dissolve(uuid, bigint, bigint, text)",
    "archival_events_leave(uuid, bigint)",
    "archival_events_return(uuid, bigint, timestamptz, uuid[], text[], uuid[], uuid[], uuid[], timestamptz[], jsonb[], text[], timestamptz[])",
    "archival_keys_keep(uuid, bigint, uuid[], text[])",
    "archival_person_erase(uuid, uuid, uuid, text[])",
    "ontology_event_partition_drop(timestamptz, integer)",
    "ontology_events_accepted_fold()",
)
"""Functions that only jobs may call."""
KEPT_BY_JOBS = (
    *("archival_archivebatch", "archival_archiveobject", "archival_restoredevent", "archival_groupkey", "archival_installation"),
    "archival_erasure",
)
"""Tables that requests read and never write: what they say decides which events are deleted."""


def roles_grant(connection: BaseDatabaseWrapper, *, app: str, worker: str) -> None:
    """Gives the role of jobs its functions, and takes from the role of requests what it must not write. Nothing where one role is both."""
    owner = connection.settings_dict["USER"]
    with connection.cursor() as cursor:
        if worker != owner:
            # A migration that comes before a later function's grants what there is by then.
            cursor.execute("SELECT name FROM unnest(%s::text[]) AS name WHERE to_regprocedure(name) IS NOT NULL", [list(MOVING)])
            for (function,) in cursor.fetchall():
                cursor.execute(
                    sql.SQL("GRANT EXECUTE ON FUNCTION {function} TO {role}").format(function=sql.SQL(function), role=sql.Identifier(worker))
                )
        if app not in {owner, worker}:
            for table in KEPT_BY_JOBS:
                cursor.execute(
                    sql.SQL("REVOKE INSERT, UPDATE, DELETE ON {table} FROM {role}").format(table=sql.Identifier(table), role=sql.Identifier(app))
                )
