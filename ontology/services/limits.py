"""Limits that the database keeps at COMMIT: asked for earlier, and told as errors of the domain."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, connection, transaction

from ontology.errors import QuotaExceeded

RULE = "usage_within_limit"
"""The rule's name in the database's refusal, whose DETAIL is a JSON object of the numbers."""


def quota_refusal(error: BaseException) -> QuotaExceeded | None:
    """The error of the domain that a refusal of the database comes to; None when it refused for another reason."""
    diagnostic = getattr(error.__cause__, "diag", None)
    if diagnostic is None or diagnostic.constraint_name != RULE:
        return None
    return QuotaExceeded(diagnostic.message_primary or "", json.loads(diagnostic.message_detail or "{}"))


@contextmanager
def limits_told() -> Iterator[None]:
    """Turns the refusal of a limit, which comes at the end of the outermost transaction, into QuotaExceeded."""
    try:
        yield
    except IntegrityError as error:
        refusal = quota_refusal(error)
        if refusal is None:
            raise
        raise refusal from error


def limits_settle() -> None:
    """Has the database check now what it would check at COMMIT, so that nobody is told of a success that does not come. One query.

    Raises QuotaExceeded. Without a transaction there is nothing to check. What is written after it is checked at COMMIT again.
    """
    if not connection.in_atomic_block or connection.needs_rollback:
        return
    with limits_told(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def within_limits() -> Iterator[None]:
    """A block whose writes are within all limits at its end, or are taken back with QuotaExceeded."""
    with limits_told(), transaction.atomic():
        yield
        limits_settle()
