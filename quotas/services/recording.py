"""Use that the database cannot see, and the closing of periods."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

from ontology.errors import FieldRefused
from ontology.models import Group
from ontology.services.actor import Actor
from ontology.services.limits import within_limits
from quotas.choices import Metric, Period
from quotas.models import Record
from quotas.services.checking import demand_metric
from quotas.sql import statement

SEEN = frozenset({Metric.API_CALLS, Metric.STORAGE_GB})
"""Metrics of which the database cannot see everything: calls that others answer, files that lie elsewhere."""
AMOUNT_MAX = 10**15


class RecordConflict(FieldRefused):
    """An idempotency key that was used for another amount."""

    code = "record_conflict"


def usage_record(group: Group, metric: str, amount: int, idempotency_key: str | None = None, *, actor: Actor | None = None) -> bool:
    """Adds AMOUNT (storage in bytes; negative for what was given back) to what GROUP uses of METRIC; whether it counted, False for a repeated key.

    Raises QuotaExceeded beyond a hard limit, FieldRefused for a metric that the database counts itself, RecordConflict for a key with another amount.
    """
    demand_metric(metric)
    if metric not in SEEN:
        raise FieldRefused("metric", f"{metric} is counted by the database itself; only {', '.join(sorted(SEEN))} are recorded.")
    if not -AMOUNT_MAX <= amount <= AMOUNT_MAX or amount == 0:
        raise FieldRefused("amount", f"amount must be a whole number other than 0, at most {AMOUNT_MAX:,}.")
    person = actor.person if actor else None
    with within_limits():
        fields = {"amount": amount, "person": person}
        if idempotency_key is None:
            Record.objects.create(group=group, metric=metric, **fields)
            return True
        record, made = Record.objects.get_or_create(group=group, metric=metric, key=idempotency_key, defaults=fields)
    if not made and record.amount != amount:
        raise RecordConflict("idempotency_key", f"The key {idempotency_key!r} has counted {record.amount:,} already, not {amount:,}; take a new key.")
    return made


def period_reset(group: Group, metric: str, period: str) -> int:
    """Closes the periods of METRIC that are over and writes down where the present one stands; how many rows it wrote. One query.

    Safe to run twice, late, or never: which period it is, is computed from the moment, and a new one begins by itself.
    """
    demand_metric(metric)
    if period not in {Period.DAILY, Period.MONTHLY, Period.ANNUAL}:
        raise FieldRefused("period", f"period must be daily, monthly or annual, not {period[:60]!r}.")
    with connection.cursor() as cursor:
        cursor.execute(statement("period_close"), {"groups": [group.pk], "metrics": [metric], "periods": [period]})
        return sum(written for (written,) in cursor.fetchall())


def periods_close(group_ids: Iterable[uuid.UUID]) -> int:
    """The same for every metric and period of the groups, one transaction a group; how many rows were written."""
    written = 0
    for group_id in group_ids:
        with transaction.atomic(), connection.cursor() as cursor:
            wanted: dict[str, Any] = {"groups": [group_id], "metrics": Metric.values, "periods": [Period.DAILY, Period.MONTHLY, Period.ANNUAL]}
            cursor.execute(statement("period_close"), wanted)
            written += sum(rows for (rows,) in cursor.fetchall())
    return written


def deltas_fold(limit: int = 1_000) -> int:
    """Adds what waits to the rows of usage that it belongs to, at most LIMIT of them, each in a transaction of its own; how many deltas it folded."""
    with connection.cursor() as cursor:
        cursor.execute(statement("deltas_waiting"), {"limit": limit})
        waiting = cursor.fetchall()
    folded = 0
    for group_id, metric, subject in waiting:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement("delta_fold"), {"group": group_id, "metric": metric, "subject": subject})
            folded += cursor.fetchone()[0]
    return folded


def limits_expire(group_ids: Iterable[uuid.UUID] | None = None) -> int:
    """Brings the limits of groups up to date of which an override has begun or ended; how many groups. One query, and one a group."""
    with connection.cursor() as cursor:
        cursor.execute(statement("limits_due"), {"groups": None if group_ids is None else list(group_ids)})
        return len(cursor.fetchall())
