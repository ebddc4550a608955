"""The catalogue as validation needs it: one rule per type, JSON Schemas compiled once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import jsonschema_rs


def _refuse_remote(uri: str) -> NoReturn:
    raise ValueError(f"A schema may not refer to another document: {uri}")


def schema_compile(schema: Mapping[str, Any]) -> "jsonschema_rs.Validator | None":
    """A validator of SCHEMA, None when it allows everything. Raises ValueError for a schema that is none, or that refers outside itself."""
    if not schema:
        return None
    return jsonschema_rs.Draft202012Validator(dict(schema), validate_formats=True, retriever=_refuse_remote)


@dataclass(frozen=True, slots=True)
class TypeRule:
    """What every type says: whether it takes new rows, and the schema of its properties or metadata."""

    name: str
    active: bool
    validator: "jsonschema_rs.Validator | None"


@dataclass(frozen=True, slots=True)
class ConnectionRule(TypeRule):
    """Which types it may link (empty: any), and whether a path may lead back."""

    from_types: frozenset[str]
    to_types: frozenset[str]
    acyclic: bool


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All types as of one version of the catalogue."""

    version: int
    things: Mapping[str, TypeRule]
    connections: Mapping[str, ConnectionRule]
    events: Mapping[str, TypeRule]
