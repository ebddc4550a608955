"""camelCase outside, snake_case inside: the one place where names are turned, and where they never are."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

FREE_FORM = frozenset({"properties", "metadata", "chunk", "schema", "revenueWhen", "old", "new"})
"""Names whose value is the client's own: not one key inside is touched."""
SPOILT = " "
"""Put behind a name that is known inside but not over HTTP, so that the rules of items refuse it as they refuse any unknown name."""
WORDS = frozenset(
    {
        *("external_id", "created_at", "if_version", "valid_from", "valid_to", "embedding_model", "source_field", "join_policy", "default_status"),
        *("display_name", "expires_at", "on_conflict", "dry_run", "as_of", "revenue_key", "revenue_when", "from_types", "to_types"),
    }
)
"""Names of fields that sentences of the rules may speak of."""
_WORD = re.compile(r"""('[^']*'|"[^"]*")|\b[a-z]+(?:_[a-z]+)+\b""")


@cache
def camel(name: str) -> str:
    """A name of Python as HTTP has it: external_id is externalId."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


@cache
def snake(name: str) -> str:
    """A name of HTTP as Python has it: externalId is external_id."""
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


@cache
def _pairs(known: frozenset[str]) -> tuple[tuple[str, str], ...]:
    return tuple((camel(name), name) for name in sorted(known) if "_" in name)


def items_in(items: Iterable[Any], known: frozenset[str]) -> None:
    """Renames the KNOWN fields of ITEMS in place, top level only: 2 ms for 10,000 items. A snake_case spelling becomes an unknown field."""
    pairs = _pairs(known)
    for item in items:
        if isinstance(item, dict):
            for outside, inside in pairs:
                if inside in item:
                    item[inside + SPOILT] = item.pop(inside)
                if outside in item:
                    item[inside] = item.pop(outside)


def field_out(field: str) -> str:
    """The path to a field as the client wrote it: only its first name is ours."""
    if field.endswith(SPOILT):
        return field.removesuffix(SPOILT)
    first = re.match(r"[a-z_]+", field)
    return camel(first[0]) + field[first.end() :] if first is not None and first[0] in WORDS else field


def sentence_out(sentence: str, code: str) -> str:
    """A sentence about fields with their names as the client knows them; what it quotes stays, and so does what a JSON Schema says."""
    if code == "schema":
        return sentence
    if code == "unknown_field":
        sentence = sentence.replace(f"{SPOILT}' is no field", "' is no field")
    return _WORD.sub(lambda word: camel(word[0]) if word[1] is None and word[0] in WORDS else word[0], sentence)


def plain(value: Any) -> Any:
    """Dataclasses, mappings and lists of ours as JSON has them, names in camelCase; FREE_FORM values go through as they are."""
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: part if name in FREE_FORM else plain(part) for name, part in ((camel(str(key)), part) for key, part in value.items())}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value
