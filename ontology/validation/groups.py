"""Rules of records that make groups and memberships."""

from collections.abc import Iterable, Mapping
from typing import Any

from ontology.choices import GroupStatus, GroupType, JoinPolicy, MemberRole, Visibility
from ontology.validation.connections import end_key_faults
from ontology.validation.problems import Fault, shown, words
from ontology.validation.values import json_text, text_faults, unknown_fields

GROUP_FIELDS = frozenset({"slug", "name", "type", "parent", "description", "metadata", "visibility", "join_policy", "status"})
MEMBERSHIP_FIELDS = frozenset({"person", "role", "creator"})
SLUG_CHARACTERS_MAX = 100
NAME_CHARACTERS_MAX = 200
DESCRIPTION_CHARACTERS_MAX = 100_000
EMAIL_CHARACTERS_MAX = 254
_GROUP_WORDS = {"type": GroupType.values, "visibility": Visibility.values, "join_policy": JoinPolicy.values, "status": GroupStatus.values}


def group_faults(item: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with a group's own fields; whether the slug is free and the parent is there, the database says."""
    faults = unknown_fields(item, GROUP_FIELDS)
    faults += _needed("slug", item, SLUG_CHARACTERS_MAX) + _needed("name", item, NAME_CHARACTERS_MAX)
    if item.get("parent") is not None:
        faults += text_faults("parent", item["parent"], SLUG_CHARACTERS_MAX)
    faults += text_faults("description", item.get("description", ""), DESCRIPTION_CHARACTERS_MAX)
    faults += json_text("metadata", item.get("metadata", {}))[1]
    for field, known in _GROUP_WORDS.items():
        faults += _word(field, item, known)
    return faults


def membership_faults(item: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with a membership's own fields; `person` is an e-mail address, `creator` the id or external_id of a thing."""
    faults = unknown_fields(item, MEMBERSHIP_FIELDS) + _needed("person", item, EMAIL_CHARACTERS_MAX) + _word("role", item, MemberRole.values)
    return faults if item.get("creator") is None else faults + end_key_faults("creator", item["creator"])


def _needed(field: str, item: Mapping[str, Any], limit: int) -> list[Fault]:
    if item.get(field) is None:
        return [(field, "missing", f"{field} is missing.")]
    return text_faults(field, item[field], limit)


def _word(field: str, item: Mapping[str, Any], known: Iterable[str]) -> list[Fault]:
    if field not in item or item[field] in list(known):
        return []
    return [(field, f"unknown_{field}", f"{field} must be {words(known)}, not {shown(item[field])}.")]
