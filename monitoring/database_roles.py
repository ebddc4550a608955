"""What the roles of requests and jobs may not do with what monitoring keeps: the record of alerts is added to, and the seal is the jobs' alone."""

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

TAKEN = (
    ("DELETE", ("monitoring_alert", "monitoring_delivery", "monitoring_attempt"), ("app", "worker")),
    ("UPDATE", ("monitoring_attempt",), ("app", "worker")),
    ("INSERT, UPDATE, DELETE", ("monitoring_seal",), ("app",)),
    ("UPDATE, DELETE", ("monitoring_seal",), ("worker",)),
    ("SELECT, INSERT, UPDATE, DELETE", ("monitoring_sealentry",), ("app",)),
    ("INSERT, UPDATE", ("monitoring_sealentry",), ("worker",)),
)
"""Rights, tables, and the roles that do not have them. What waits for the seal names events of every group, and is written by a trigger alone."""

PROOF = ("monitoring_dataqualitysnapshot", "monitoring_weeklyreport", "monitoring_finding", "monitoring_repairedrow")
"""Tables whose rows requests never delete: they are the proof that the data was looked at."""

REPAIRS = ("monitoring_repair(uuid, uuid, text, uuid)", "monitoring_repair_undo(uuid, uuid)")
"""Functions that only jobs may call."""


def roles_grant(connection: BaseDatabaseWrapper, *, app: str, worker: str) -> None:
    """Takes from the roles of requests and jobs what they never need, of the tables there are. Nothing where one role is both and the owner."""
    owner, roles = connection.settings_dict["USER"], {"app": app, "worker": worker}
    with connection.cursor() as cursor:
        for rights, tables, words in TAKEN:
            for role in {roles[word] for word in words} - {owner}:
                if role == worker and "worker" not in words:
                    continue  # one role is both: it must be able to do what jobs do
                for table in tables:
                    cursor.execute("SELECT to_regclass(%s)", [table])
                    if cursor.fetchone() == (None,):
                        continue
                    names = {"rights": sql.SQL(rights), "table": sql.Identifier(table), "role": sql.Identifier(role)}
                    cursor.execute(sql.SQL("REVOKE {rights} ON {table} FROM {role}").format(**names))


def quality_grant(connection: BaseDatabaseWrapper, *, app: str, worker: str) -> None:
    """Takes from the role of requests the right to delete proof. Nothing where it is that of jobs too, or the owner."""
    if app in {worker, connection.settings_dict["USER"]}:
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
