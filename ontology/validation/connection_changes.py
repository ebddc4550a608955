"""Rules of changes to one connection."""

from collections.abc import Mapping
from typing import Any

from ontology.catalogue.compiled import ConnectionRule
from ontology.validation.connections import strength_faults, validity
from ontology.validation.problems import Fault, shown
from ontology.validation.thing_changes import merged, same_json
from ontology.validation.values import json_text, schema_faults, unknown_fields

UPDATE_FIELDS = frozenset({"metadata", "merge", "strength", "valid_from", "valid_to"})


def connection_change(current: Mapping[str, Any], changes: Mapping[str, Any], rule: ConnectionRule | None) -> tuple[dict[str, Any], list[Fault]]:
    """What CHANGES make of the fields that differ from CURRENT `{metadata, strength, valid_from, valid_to}`, and what is wrong with them.

    With `merge` the metadata is a JSON merge patch (RFC 7396); null clears strength and dates. RULE is that of the connection's type.
    """
    faults = unknown_fields(changes, UPDATE_FIELDS)
    if not isinstance(changes.get("merge", False), bool):
        faults.append(("merge", "not_boolean", f"merge must be true or false, not {shown(changes['merge'])}."))
    wanted = dict(current)
    if "metadata" in changes:
        wanted["metadata"], wrong = _metadata(current["metadata"], changes, rule)
        faults += wrong
    if "strength" in changes:
        wanted["strength"] = changes["strength"]
        faults += strength_faults(changes["strength"])
    dates = {name: changes.get(name, current[name]) for name in ("valid_from", "valid_to")}
    wanted["valid_from"], wanted["valid_to"], wrong = validity(dates)
    faults += wrong
    if faults:
        return {}, faults
    return {name: value for name, value in wanted.items() if not _same(name, value, current[name])}, []


def _metadata(old: Any, changes: Mapping[str, Any], rule: ConnectionRule | None) -> tuple[Any, list[Fault]]:
    given = changes["metadata"]
    faults = json_text("metadata", given)[1]
    if faults:
        return old, faults
    metadata = merged(old, given) if changes.get("merge") is True else given
    if same_json(metadata, old):
        return old, []
    faults = json_text("metadata", metadata)[1]
    return metadata, faults or (schema_faults("metadata", metadata, rule.validator) if rule is not None else [])


def _same(name: str, one: Any, other: Any) -> bool:
    return same_json(one, other) if name == "metadata" else bool(one == other)
