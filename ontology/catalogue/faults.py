"""What is wrong with a JSON Schema, and where. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from ontology.catalogue.compiled import schema_compile

_REFERENCES = frozenset({"$ref", "$dynamicRef"})


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """`pointer` is the place in the schema (RFC 6901; empty: the whole of it), `message` says what is wrong there."""

    pointer: str
    message: str

    def __str__(self) -> str:
        return f"{self.pointer or 'the schema'}: {self.message}"


def schema_fault(schema: Mapping[str, Any]) -> SchemaFault | None:
    """The first fault that keeps SCHEMA from being used; None when there is none. Never reads another document."""
    try:
        schema_compile(schema)
    except jsonschema_rs.ValidationError as error:
        if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Referencing):
            return _reference_fault(schema, error.message)
        return SchemaFault(_pointer(error.instance_path), error.message)
    except ValueError as error:
        return SchemaFault("", str(error))
    return None


def _reference_fault(schema: Mapping[str, Any], message: str) -> SchemaFault:
    """The reference that cannot be followed: the compiler names what is missing, not where the reference to it stands."""
    for place, target in _references(schema, ()):
        if not target.startswith("#"):
            return SchemaFault(_pointer(place), f"A schema may not refer to another document: {target}")
        if f"'{target[1:]}'" in message:
            return SchemaFault(_pointer(place), f"There is nothing at {target} in this schema.")
    return SchemaFault("", message)


def _references(node: object, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key in _REFERENCES and isinstance(value, str):
                yield (*place, key), value
            else:
                yield from _references(value, (*place, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _references(value, (*place, index))


def _pointer(place: "tuple[str | int, ...] | list[str | int]") -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in place)
