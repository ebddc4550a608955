"""What a bulk call answered and what stands in the tables, in a form that a test can compare at a glance."""

from collections.abc import Callable

import psycopg
import pytest
from django.db import IntegrityError, connection, models, transaction
from psycopg import sql

from ontology.errors import ItemRefused
from ontology.models import Connection, EmbeddingModel, Event, Group, Knowledge, Membership, Thing, ThingKnowledge
from ontology.services.results import BulkResult

MODELS: tuple[type[models.Model], ...] = (Group, Membership, Thing, Connection, Event, Knowledge, ThingKnowledge, EmbeddingModel)

type Told = list[tuple[int, str, str]]


def told(result: BulkResult) -> Told:
    """The place, field and code of every problem."""
    return [(problem.index, problem.field, problem.code) for problem in result.errors]


def counted(result: BulkResult) -> tuple[int, int, int, int]:
    """Created, updated, skipped, failed."""
    return len(result.created), len(result.updated), result.skipped, result.failed


def rows() -> dict[str, list[object]]:
    """Every row of the six dimensions as a whole, so that equal answers mean that nothing was written."""
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in MODELS}


def allow_copy(table: str) -> None:
    """Until its transaction ends, lets the owner COPY into TABLE, which PostgreSQL refuses to whom row-level security binds."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(sql.Identifier(table)))


def refused_by(act: Callable[[], object]) -> str:
    """The name of the rule by which the database refuses ACT, at once or when the transaction would end; nothing may be stored."""
    before = rows()
    with pytest.raises((IntegrityError, psycopg.IntegrityError)) as refusal, transaction.atomic():
        _acted(act)
    assert rows() == before
    error = refusal.value if isinstance(refusal.value, psycopg.Error) else refusal.value.__cause__
    assert isinstance(error, psycopg.Error)
    return error.diag.constraint_name or ""


def _acted(act: Callable[[], object]) -> None:
    act()
    connection.check_constraints()


def faults(refusal: ItemRefused) -> list[tuple[str, str]]:
    """The field and code of every problem of one refused item."""
    return [(problem.field, problem.code) for problem in refusal.problems]
