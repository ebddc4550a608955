"""What the role of requests may not do with what monitoring keeps: the record of alerts is added to, never emptied."""

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

KEPT = ("monitoring_alert", "monitoring_delivery", "monitoring_attempt")
"""Tables from which neither requests nor jobs delete."""
KEPT_AS_WRITTEN = ("monitoring_attempt",)
"""Tables whose rows nobody changes."""

PROOF = ("monitoring_dataqualitysnapshot", "monitoring_weeklyreport", "monitoring_finding", "monitoring_repairedrow")
"""Tables whose rows requests never delete: they are the proof that the data was looked at."""

REPAIRS = ("monitoring_repair(uuid, uuid, text, uuid)", "monitoring_repair_undo(uuid, uuid)")
"""Functions that only jobs may call."""


def roles_grant(connection: BaseDatabaseWrapper, *, app: str, worker: str) -> None:
    """Takes from the roles of requests and jobs what they never need. Nothing where one role is both and the owner."""
    owner = connection.settings_dict["USER"]
    with connection.cursor() as cursor:
        for role in {app, worker} - {owner}:
            for right, tables in (("DELETE", KEPT), ("UPDATE", KEPT_AS_WRITTEN)):
                for table in tables:
                    names = {"right": sql.SQL(right), "table": sql.Identifier(table), "role": sql.Identifier(role)}
                    cursor.execute(sql.SQL("REVOKE {right} ON {table} FROM {role}").format(**names))


def quality_grant(connection: BaseDatabaseWrapper, *, app: str) -> None:
    """Takes from the role of requests the right to delete proof. Nothing where it is the owner."""
    if app == connection.settings_dict["USER"]:
        return
    with connection.cursor() as cursor:
        for table in PROOF:
            cursor.execute(sql.SQL("REVOKE DELETE ON {table} FROM {role}").format(table=sql.Identifier(table), role=sql.Identifier(app)))


def repairs_grant(connection: BaseDatabaseWrapper, *, worker: str) -> None:
    """Gives the role of jobs the functions that repair. Nothing where it is the owner."""
    if worker == connection.settings_dict["USER"]:
        return
    with connection.cursor() as cursor:
        for function in REPAIRS:
            cursor.execute(sql.SQL("GRANT EXECUTE ON FUNCTION {function} TO {role}").format(function=sql.SQL(function), role=sql.Identifier(worker)))
