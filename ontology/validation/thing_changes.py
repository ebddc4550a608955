"""Rules of items that change things, and what a change does to a row."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ontology.validation.problems import Fault, Problem, problems_at, shown
from ontology.validation.things import STATUSES, external_id_faults, name_faults, status_fault
from ontology.validation.values import json_text, unknown_fields

UPDATE_FIELDS = frozenset({"id", "external_id", "name", "properties", "merge", "status", "if_version"})


@dataclass(frozen=True, slots=True)
class ThingChange:
    """What an item asks of one thing, named by id or external_id; None leaves a field as it is.

    `properties` replace the old ones, or with `merge` are merged into them as a JSON merge patch (RFC 7396: null removes a key).
    """

    index: int
    id: str | None = None
    external_id: str | None = None
    type: str | None = None
    name: str | None = None
    properties: dict[str, Any] | None = None
    merge: bool = False
    status: str | None = None
    if_version: int | None = None


def changes_check(items: Sequence[Mapping[str, Any]]) -> tuple[list[ThingChange], list[Problem]]:
    """The changes that the good ITEMS ask for, and every problem of the bad ones."""
    changes: list[ThingChange] = []
    problems: list[Problem] = []
    for index, item in enumerate(items):
        if not isinstance(item, Mapping):
            problems.append(Problem(index, "", "not_object", f"The item must be an object, not {shown(item)}."))
            continue
        faults = unknown_fields(item, UPDATE_FIELDS) + _key_faults(item) + _value_faults(item)
        if faults:
            problems += problems_at(index, faults)
        else:
            changes.append(ThingChange(index=index, **{**item, "id": _uuid_text(item.get("id"))}))
    return changes, problems


def _uuid_text(value: object) -> str | None:
    if value is None or isinstance(value, uuid.UUID):
        return None if value is None else str(value)
    try:
        return str(uuid.UUID(str(value)))
    except ValueError:
        return None


def _key_faults(item: Mapping[str, Any]) -> list[Fault]:
    if (item.get("id") is None) == (item.get("external_id") is None):
        return [("id", "missing", "Give either id or external_id to say which thing is meant.")]
    if item.get("id") is not None:
        return [] if _uuid_text(item["id"]) else [("id", "not_an_id", f"id must be a UUID, not {shown(item['id'])}.")]
    return external_id_faults(item["external_id"])


def _value_faults(item: Mapping[str, Any]) -> list[Fault]:
    faults: list[Fault] = []
    if item.get("name") is not None:
        faults += name_faults(item["name"])
    if item.get("properties") is not None:
        faults += json_text("properties", item["properties"])[1]
    if item.get("status") is not None and item["status"] not in STATUSES:
        faults.append(status_fault(item["status"]))
    if not isinstance(item.get("merge", False), bool):
        faults.append(("merge", "not_boolean", f"merge must be true or false, not {shown(item['merge'])}."))
    version = item.get("if_version")
    if version is not None and (isinstance(version, bool) or not isinstance(version, int)):
        faults.append(("if_version", "not_a_number", f"if_version must be a whole number, not {shown(version)}."))
    return faults


def change_of_insert(place: int, item: Mapping[str, Any], thing_id: str) -> ThingChange:
    """What an insert asks of the thing that has its external_id already: only what the item itself says."""
    return ThingChange(place, id=thing_id, type=item["type"], name=item["name"], properties=item.get("properties"), status=item.get("status"))


def same_json(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON; Python's == takes true for 1."""
    return bool(one == other) and orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS)


def merged(old: Any, patch: Any) -> Any:
    """OLD changed by a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result
