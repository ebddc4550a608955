"""What the role of requests may not do with what monitoring keeps: the record of alerts is added to, never emptied."""

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

KEPT = ("monitoring_alert", "monitoring_delivery", "monitoring_attempt")
"""Tables from which neither requests nor jobs delete."""
KEPT_AS_WRITTEN = ("monitoring_attempt",)
"""Tables whose rows nobody changes."""


def roles_grant(connection: BaseDatabaseWrapper, *, app: str, worker: str) -> None:
    """Takes from the roles of requests and jobs what they never need. Nothing where one role is both and the owner."""
    owner = connection.settings_dict["USER"]
    with connection.cursor() as cursor:
        for role in {app, worker} - {owner}:
            for right, tables in (("DELETE", KEPT), ("UPDATE", KEPT_AS_WRITTEN)):
                for table in tables:
                    names = {"right": sql.SQL(right), "table": sql.Identifier(table), "role": sql.Identifier(role)}
                    cursor.execute(sql.SQL("REVOKE {right} ON {table} FROM {role}").format(**names))
