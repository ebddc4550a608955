"""Rows that break the schema of their type: the database passes over those that are plainly right, the validator judges the rest.

Both see the types as they are at that moment. No lock is taken, so that no edit of a type waits for a check.
"""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import psycopg
from django.db import connection

from monitoring.checks.broken import Ask, Broken
from monitoring.checks.schema_paths import schema_path
from monitoring.sql import statement
from ontology.catalogue.compiled import schema_compile
from ontology.catalogue.faults import schema_fault
from ontology.models import ConnectionType, EventType, ThingType
from ontology.models.catalogue import CatalogueType
from ontology.validation.values import schema_faults

_ROWS_AT_ONCE = 5_000


def malformed_properties(ask: Ask) -> Iterator[Broken]:
    """Live, whole things whose properties break the schema of their type, or whose type there is not; two queries."""
    return _judged(ThingType, "malformed_properties", "thing", "properties", ask)


def invalid_metadata(ask: Ask) -> Iterator[Broken]:
    """Events and live connections whose metadata break the schema of their type, and events whose type there is not; four queries."""
    yield from _judged(EventType, "invalid_event_metadata", "event", "metadata", ask)
    for broken in _judged(ConnectionType, "invalid_connection_metadata", "connection", "metadata", ask):
        if broken.reason != "unknown_type":  # a finding of the check of pairs already
            yield broken


def _judged(model: type[CatalogueType], name: str, kind: str, field: str, ask: Ask) -> Iterator[Broken]:
    schemas: dict[str, dict[str, Any]] = dict(model._default_manager.values_list("name", "schema"))
    validators = {type_name: _validator(schema) for type_name, schema in schemas.items()}
    for group_id, row_id, type_name, text in _candidates(name, schemas, ask):
        if type_name not in schemas:
            yield Broken(group_id, kind, str(row_id), "unknown_type", {"type": type_name})
            continue
        faults = schema_faults(field, orjson.loads(text), validators[type_name])
        if faults:
            yield Broken(
                group_id, kind, str(row_id), "schema", {"type": type_name, "field": faults[0][0], "error": faults[0][2], "faults": len(faults)}
            )


def _validator(schema: Mapping[str, Any]) -> Any:
    """The validator of a type; one whose schema cannot be used takes no row, as in every write."""
    return schema_compile({"not": {}} if schema_fault(dict(schema)) else schema)


def _candidates(name: str, schemas: Mapping[str, Mapping[str, Any]], ask: Ask) -> Iterator[tuple[uuid.UUID, uuid.UUID, str, str]]:
    told = {
        "group": ask.group_id,
        "types": list(schemas),
        "free": [not schema for schema in schemas.values()],
        "paths": [schema_path(schema) for schema in schemas.values()],
    }
    with connection.chunked_cursor() as cursor:
        driver = cursor.cursor
        assert isinstance(driver, psycopg.ServerCursor)
        driver.itersize = _ROWS_AT_ONCE
        cursor.execute(statement(name), told)
        yield from cursor
