"""Rules of single values: text that PostgreSQL can hold, JSON that means the same there, moments."""

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import orjson

from ontology.validation.problems import Fault, few, named, shown

NAME_CHARACTERS_MAX = 2_000
EXTERNAL_ID_CHARACTERS_MAX = 500
JSON_BYTES_MAX = 1_000_000
JSON_DEPTH_MAX = 200
SENTENCE_CHARACTERS_MAX = 300
"""Of what a schema says about a value, which it quotes whole."""
_SECONDS_OF_YEAR_5138 = 100_000_000_000
"""A number of seconds beyond this is more likely one of milliseconds."""


def text_faults(field: str, value: object, limit: int) -> list[Fault]:
    """What keeps VALUE from being stored as text of at most LIMIT characters."""
    if not isinstance(value, str):
        return [(field, "not_text", f"{field} must be text, not {shown(value)}.")]
    faults: list[Fault] = []
    if "\0" in value:
        faults.append((field, "nul", f"{field} holds the character NUL (U+0000) at position {value.index(chr(0))}; PostgreSQL cannot store it."))
    if len(value) > limit:
        faults.append((field, "too_long", f"{field} has {len(value):,} characters; at most {limit:,} are taken."))
    if not value.isascii():
        faults += _surrogate_faults(field, value)
    return faults


def _surrogate_faults(field: str, value: str) -> list[Fault]:
    try:
        value.encode()
    except UnicodeEncodeError as broken:
        return [(field, "not_unicode", f"{field} holds half of a character pair (a lone surrogate) at position {broken.start}.")]
    return []


def json_text(field: str, value: object) -> tuple[str, list[Fault]]:
    """VALUE as JSON text that reads back equal from `jsonb`, or what stands in the way. FIELD is a JSON object in every row."""
    if not isinstance(value, dict):
        return "", [(field, "not_object", f"{field} must be an object like {{}}, not {shown(value)}.")]
    try:
        encoded = orjson.dumps(value)
    except (TypeError, orjson.JSONEncodeError) as refused:
        return "", [_dump_fault(field, refused)]
    if b"null" in encoded or (b"\\" in encoded and b"\\u0000" in encoded):
        faults = few(_hidden_faults(field, value))
        if faults:
            return "", faults
    if len(encoded) > JSON_BYTES_MAX:
        return "", [(field, "too_large", f"{field} has {len(encoded):,} bytes; at most {JSON_BYTES_MAX:,} are taken.")]
    return encoded.decode(), []


def _dump_fault(field: str, refused: Exception) -> Fault:
    said = str(refused)
    if "64-bit" in said:
        return (field, "number_too_large", f"{field} holds a whole number beyond 64 bits; send it as text.")
    if "Recursion" in said or "recursion" in said:
        return (field, "too_deep", f"{field} is nested deeper than {JSON_DEPTH_MAX} levels.")
    return (field, "not_json", f"{field} cannot be written as JSON: {said}.")


def _hidden_faults(field: str, value: object) -> Iterator[Fault]:
    """NUL characters, and numbers that JSON has no word for, with the path to them."""
    walk: list[tuple[str, object]] = [(field, value)]
    while walk:
        path, part = walk.pop()
        if isinstance(part, Mapping):
            walk += [(f"{path}.{named(key)}", item) for key, item in part.items()]
            yield from ((path, "nul", f"A key of {path} holds the character NUL (U+0000).") for key in part if "\0" in key)
        elif isinstance(part, list | tuple):
            walk += [(f"{path}[{index}]", item) for index, item in enumerate(part)]
        elif isinstance(part, str) and "\0" in part:
            yield (path, "nul", f"{path} holds the character NUL (U+0000); PostgreSQL cannot store it.")
        elif isinstance(part, float) and not math.isfinite(part):
            yield (path, "not_finite", f"{path} is {part}, which JSON has no number for.")


def schema_faults(field: str, value: object, validator: "jsonschema_rs.Validator | None") -> list[Fault]:
    """Where VALUE breaks its type's schema, each with its path below FIELD."""
    if validator is None or validator.is_valid(value):
        return []
    return few(
        (_path(field, error.instance_path), "schema", f"{_path(field, error.instance_path)}: {error.message[:SENTENCE_CHARACTERS_MAX]}.")
        for error in validator.iter_errors(value)
    )


def _path(field: str, steps: list[Any]) -> str:
    return field + "".join(f"[{step}]" if isinstance(step, int) else f".{named(step)}" for step in steps)


def unknown_fields(item: Mapping[Any, Any], known: frozenset[str]) -> list[Fault]:
    """Fields of ITEM that mean nothing here: more often a slip of the pen than a wish to be ignored."""
    return few(
        (named(key), "unknown_field", f"{shown(key)} is no field here; known are {', '.join(sorted(known))}.") for key in item if key not in known
    )


def moment(field: str, value: object) -> tuple[datetime | None, list[Fault]]:
    """VALUE as a moment in UTC: a datetime, RFC 3339 text, or seconds since 1970. Text without an offset is refused, not guessed."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | datetime):
        return None, [(field, "not_a_moment", f"{field} must be a time, not {shown(value)}.")]
    try:
        found = _reader(value)(value)
        in_utc = found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError, OSError):
        return None, [(field, "not_a_moment", f"{field} must be RFC 3339 text or seconds since 1970, not {shown(value)}.")]
    if found is None:
        return None, [(field, "milliseconds", f"{field} is {value}; times are seconds since 1970, and this looks like milliseconds.")]
    if in_utc is None:
        return None, [(field, "no_offset", f"{field} is {shown(value)}; it needs an offset from UTC, such as Z or +02:00.")]
    return in_utc, []


def _reader(value: object) -> Callable[[Any], datetime | None]:
    if isinstance(value, datetime):
        return lambda moment: moment
    if isinstance(value, str):
        return datetime.fromisoformat
    return lambda seconds: None if abs(seconds) > _SECONDS_OF_YEAR_5138 else datetime.fromtimestamp(seconds, UTC)
