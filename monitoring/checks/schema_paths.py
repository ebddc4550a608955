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
_WORD = "[A-Za-z0-9]{1,30}"
_HOST = rf"{_WORD}([.-]{_WORD}){{0,3}}[.][A-Za-z]{{2,10}}"
_FORMATS = {
    "email": rf"^[A-Za-z0-9]{{1,20}}([._+-][A-Za-z0-9]{{1,20}}){{0,1}}@{_HOST}$",
    "uri": rf"^https?://{_HOST}(/[A-Za-z0-9._~-]{{0,200}}){{0,20}}$",
}
"""Plain addresses, as most are; each is one by the format's own, wider rule."""


class _Uncertain(Exception):
    """No error: nothing can be said of any value."""


def schema_path(schema: Mapping[str, Any]) -> str | None:
    """A predicate that is true only of objects that SCHEMA takes; None where nothing can be said for certain."""
    try:
        parts = ['$.type() == "object"', *_parts(schema, "$")]
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
    names = told if isinstance(told, list) else [told]
    if not set(names) <= _TYPES:  # integer among them: 1.0 is one too
        raise _Uncertain
    yield " || ".join(f"{at}.type() == {json.dumps(name)}" for name in names)


def _enum(told: Any, at: str, schema: Mapping[str, Any]) -> Iterator[str]:
    if not all(isinstance(word, str) for word in told):
        raise _Uncertain
    words = " || ".join(f"{at} == {json.dumps(word)}" for word in told)
    yield f'{at}.type() == "string" && ({words})'


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
            parts = list(_parts(below, place)) if isinstance(below, Mapping) else ["1 == 2"]
        except _Uncertain:
            parts = ["1 == 2"]
        if parts:
            rule = " && ".join(f"({part})" for part in parts)
            yield f"!exists({place}) || ({rule})"


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
    yield f"{at} like_regex {json.dumps(_FORMATS[told])}"
