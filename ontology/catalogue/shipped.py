"""The shipped types, read from the files beside this module. Pure: files in, dataclasses with JSON Schemas out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, NotRequired, TypedDict, cast

import yaml

CORE = "core"
FEATURES = frozenset({CORE, "blog", "portfolio", "shop"})
ANY = "any"

type Kind = str | list[str]
"""A word of `_SCHEMA_OF_KIND`, or the list of the words allowed."""

type JsonSchema = dict[str, Any]

_SCHEMA_OF_KIND: Mapping[str, JsonSchema] = {
    ANY: {},
    "string": {"type": "string"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "object": {"type": "object"},
    "array": {"type": "array"},
    "strings": {"type": "array", "items": {"type": "string"}},
    "email": {"type": "string", "format": "email"},
    "uri": {"type": "string", "format": "uri"},
}


class _Revenue(TypedDict):
    sum: str
    when: NotRequired[dict[str, Any]]


class _Thing(TypedDict):
    description: str
    required: NotRequired[list[str]]
    properties: NotRequired[dict[str, Kind]]


_Connection = TypedDict("_Connection", {"description": str, "from": str | list[str], "to": str | list[str], "acyclic": NotRequired[bool]})


class _Event(TypedDict):
    description: str
    required: NotRequired[dict[str, Kind]]
    optional: NotRequired[dict[str, Kind]]
    revenue: NotRequired[_Revenue]


class _Category[T](TypedDict):
    feature: str
    types: dict[str, T]


@dataclass(frozen=True, slots=True)
class ShippedType:
    """What every shipped type has; the fields are named as those of the models. An empty schema allows everything."""

    name: str
    category: str
    feature: str
    description: str
    schema: JsonSchema = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShippedConnection(ShippedType):
    """A shipped type of connections; no types on a side: any."""

    from_types: list[str] = field(default_factory=list)
    to_types: list[str] = field(default_factory=list)
    acyclic: bool = False


@dataclass(frozen=True, slots=True)
class ShippedEvent(ShippedType):
    """A shipped type of events; no revenue_key: no revenue."""

    revenue_key: str = ""
    revenue_when: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shipped:
    """All shipped types, in the order of the files."""

    things: tuple[ShippedType, ...]
    connections: tuple[ShippedConnection, ...]
    events: tuple[ShippedEvent, ...]


@cache
def shipped_catalogue(features: frozenset[str] = FEATURES) -> Shipped:
    """The shipped types of core and FEATURES. Raises ValueError for a feature that is none."""
    unknown = features - FEATURES
    if unknown:
        raise ValueError(f"Unknown features: {', '.join(sorted(unknown))}. There are {', '.join(sorted(FEATURES))}.")
    chosen = features | {CORE}
    return Shipped(
        tuple(t for t in _things() if t.feature in chosen),
        tuple(t for t in _connections() if t.feature in chosen),
        tuple(t for t in _events() if t.feature in chosen),
    )


def schema_of(required: list[str], properties: Mapping[str, Kind]) -> JsonSchema:
    """The JSON Schema of an object with these PROPERTIES, others allowed; empty when it would allow everything anyway."""
    if not required and not properties:
        return {}
    schema: JsonSchema = {"type": "object", "properties": {name: _schema_of_kind(kind) for name, kind in properties.items()}}
    return {**schema, "required": list(required)} if required else schema


def _schema_of_kind(kind: Kind) -> JsonSchema:
    return {"enum": list(kind)} if isinstance(kind, list) else dict(_SCHEMA_OF_KIND[kind])


def _read[T](name: str, _form: type[T]) -> Iterator[tuple[str, str, str, T]]:
    text = files(__package__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    categories = cast("dict[str, _Category[T]]", yaml.safe_load(text))
    for category, content in categories.items():
        for type_name, form in content["types"].items():
            yield type_name, category, content["feature"], form


def _things() -> Iterator[ShippedType]:
    for name, category, feature, form in _read("things", _Thing):
        schema = schema_of(form.get("required", []), form.get("properties", {}))
        yield ShippedType(name, category, feature, form["description"], schema)


def _connections() -> Iterator[ShippedConnection]:
    for name, category, feature, form in _read("connections", _Connection):
        yield ShippedConnection(
            name,
            category,
            feature,
            form["description"],
            from_types=_side(form["from"]),
            to_types=_side(form["to"]),
            acyclic=form.get("acyclic", False),
        )


def _side(types: str | list[str]) -> list[str]:
    if isinstance(types, list):
        return list(types)
    if types != ANY:
        raise ValueError(f"The types of a side are a list or {ANY}, not {types!r}.")
    return []


def _events() -> Iterator[ShippedEvent]:
    for name, category, feature, form in _read("events", _Event):
        required, revenue = form.get("required", {}), form.get("revenue")
        yield ShippedEvent(
            name,
            category,
            feature,
            form["description"],
            schema_of(list(required), {**required, **form.get("optional", {})}),
            revenue_key=revenue["sum"] if revenue else "",
            revenue_when=revenue.get("when", {}) if revenue else {},
        )
