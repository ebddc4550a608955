"""A JSON Schema as a predicate of PostgreSQL's JSON path language that is true of right values only. Pure: a schema in, text out.

Most values of a table are plainly right; the database sees so for itself, and only the rest is read and put to the validator. The predicate never takes a
wrong value for a right one: what cannot be told for certain (a format, a keyword that is not known here) is left to the validator.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

TELLS_NOTHING = frozenset({"title", "description", "default", "examples", "$comment", "deprecated", "readOnly", "writeOnly"})
"""Keywords that refuse no value."""
_TYPES = frozenset({"string", "number", "boolean", "object", "array", "null"})
_HOST = "[A-Za-z0-9]+([.-][A-Za-z0-9]+)*[.][A-Za-z]+"
_FORMATS = {
    "email": rf"^[A-Za-z0-9]+([._+-][A-Za-z0-9]+)*@{_HOST}$",
    "uri": rf"^https?://{_HOST}(/[A-Za-z0-9._~-]*)*$",
}
"""Plain addresses, as most are; each is one by the format's own, wider rule."""
_LONG = "^.{61}"
"""An address of which a part may be longer than it may be (63 characters)."""


class _Uncertain(Exception):
    """No error: nothing can be said of any value."""


def schema_path(schema: Mapping[str, Any]) -> str | None:
    """A predicate that is true only of objects that SCHEMA takes; None where nothing can be said for certain."""
    try:
        parts = ['$.type() == "object"', *_parts({**schema, "type": schema.get("type", "object")}, "$")]
    except _Uncertain:
        return None
    return " && ".join(f"({part})" for part in parts)


def _parts(schema: Mapping[str, Any], at: str) -> Iterator[str]:
    """What must hold of the value AT, one predicate a keyword."""
    if not isinstance(schema, Mapping):
        raise _Uncertain
    known = {"type": _type, "enum": _enum, "const": _const, "properties": _properties, "required": _required, "items": _items, "format": _format}
    for word, told in schema.items():
        if word in TELLS_NOTHING:
            continue
        if word not in known:
            raise _Uncertain
        yield from known[word](told, at, schema)


def _type(told: Any, at: str, schema: Mapping[str, Any]) -> Iterator[str]:
    """True of a missing value too, for comparing nothing is false; so are those of words and items, which is quicker than asking first."""
    names = told if isinstance(told, list) else [told]
    if not set(names) <= _TYPES:  # integer among them: 1.0 is one too
        raise _Uncertain
    if at != "$" or names != ["object"]:
        yield f"!({' && '.join(f'{at}.type() != {json.dumps(name)}' for name in names)})"


def _enum(told: Any, at: str, schema: Mapping[str, Any]) -> Iterator[str]:
    if not told or not all(isinstance(word, str) for word in told):
        raise _Uncertain
    yield f'!({at}.type() != "string")'
    yield f"!({' && '.join(f'{at} != {json.dumps(word)}' for word in told)})"


def _const(told: Any, at: str, schema: Mapping[str, Any]) -> Iterator[str]:
    return _enum([told], at, schema)


def _required(told: Any, at: str, schema: Mapping[str, Any]) -> Iterator[str]:
    _object_only(schema, at)
    for name in told:
        yield f"exists({at}.{json.dumps(name)})"


def _properties(told: Any, at: str, schema: Mapping[str, Any]) -> Iterator[str]:
    _object_only(schema, at)
    for name, below in told.items():
        place = f"{at}.{json.dumps(name)}"
        try:
            parts = list(_parts(below, place))
        except _Uncertain:
            parts = ["1 == 2"]
        if isinstance(below, Mapping) and below.keys().isdisjoint({"format", "required", "properties"}) and parts != ["1 == 2"]:
            yield from parts
        elif parts:
            yield f"!exists({place}) || ({' && '.join(f'({part})' for part in parts)})"


def _object_only(schema: Mapping[str, Any], at: str) -> None:
    """A path reaches into arrays by itself, so members are looked at only where the value is known to be an object."""
    if at != "$" and schema.get("type") != "object":
        raise _Uncertain


def _items(told: Any, at: str, schema: Mapping[str, Any]) -> Iterator[str]:
    if schema.get("type") != "array" or not isinstance(told, Mapping) or set(told) - TELLS_NOTHING != {"type"} or told["type"] not in _TYPES:
        raise _Uncertain
    yield f"!({at}[*].type() != {json.dumps(told['type'])})"


def _format(told: Any, at: str, schema: Mapping[str, Any]) -> Iterator[str]:
    if schema.get("type") != "string" or told not in _FORMATS:
        raise _Uncertain
    yield f"!({at} like_regex {json.dumps(_LONG)})"
    yield f"{at} like_regex {json.dumps(_FORMATS[told])}"
