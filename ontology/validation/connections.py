"""Rules of items that link things: their own fields, and the types at their ends."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ontology.catalogue.compiled import Catalogue, ConnectionRule
from ontology.validation.problems import Fault, Problem, no_objects, objects, shown, words
from ontology.validation.things import type_faults
from ontology.validation.values import EXTERNAL_ID_CHARACTERS_MAX, json_text, moment, schema_faults, text_faults, unknown_fields

INSERT_FIELDS = frozenset({"from", "to", "type", "metadata", "strength", "valid_from", "valid_to"})


@dataclass(slots=True)
class ConnectionDraft:
    """A connection whose ends are still as the item names them: by id or external_id, None when unreadable; `metadata` is JSON text.

    `faults` is what its own fields have wrong; its ends are checked all the same, so that the answer names everything.
    """

    index: int
    from_key: str | None
    to_key: str | None
    type: str
    metadata: str
    strength: float | None
    valid_from: datetime | None
    valid_to: datetime | None
    faults: list[Fault]


@dataclass(frozen=True, slots=True)
class End:
    """A thing at the end of a connection, as the table has it."""

    id: str
    type: str
    is_deleted: bool


def connections_check(items: Sequence[Mapping[str, Any]], catalogue: Catalogue, *, validate: bool) -> tuple[list[ConnectionDraft], list[Problem]]:
    """The drafts of ITEMS, good and bad, and a problem for every item that is no object."""
    drafts = [_draft(index, item, catalogue.connections, validate=validate) for index, item in objects(items)]
    return drafts, no_objects(items)


def _draft(index: int, item: Mapping[str, Any], rules: Mapping[str, ConnectionRule], *, validate: bool) -> ConnectionDraft:
    type_name, metadata, strength = item.get("type"), item.get("metadata", {}), item.get("strength")
    rule = rules.get(type_name) if isinstance(type_name, str) else None
    faults = [] if rule is not None and rule.active else type_faults(type_name, rule)
    keys: dict[str, str | None] = {}
    for field in ("from", "to"):
        wrong = end_key_faults(field, item.get(field))
        keys[field] = None if wrong else str(item[field])
        faults += wrong
    text, wrong = json_text("metadata", metadata)
    if validate and rule is not None and not wrong:
        wrong = schema_faults("metadata", metadata, rule.validator)
    start, end, late = validity(item)
    faults += [*wrong, *strength_faults(strength), *late, *unknown_fields(item, INSERT_FIELDS)]
    return ConnectionDraft(index, keys["from"], keys["to"], str(type_name), text, strength, start, end, faults)


def validity(item: Mapping[str, Any]) -> tuple[datetime | None, datetime | None, list[Fault]]:
    """The `valid_from` and `valid_to` of ITEM in UTC, and what is wrong with them."""
    start, faults = moment("valid_from", item["valid_from"]) if item.get("valid_from") is not None else (None, [])
    end, wrong = moment("valid_to", item["valid_to"]) if item.get("valid_to") is not None else (None, [])
    if start is not None and end is not None and end < start:
        wrong = [("valid_to", "before_valid_from", f"valid_to ({end.isoformat()}) lies before valid_from ({start.isoformat()}).")]
    return start, end, faults + wrong


def end_key_faults(field: str, value: object) -> list[Fault]:
    """What is wrong with the name of a thing: an id or external_id, as text."""
    if value is None or value == "":
        return [(field, "missing", f"{field} is missing; it names a thing by id or external_id.")]
    return [] if isinstance(value, uuid.UUID) else text_faults(field, value, EXTERNAL_ID_CHARACTERS_MAX)


def strength_faults(strength: object) -> list[Fault]:
    """What keeps STRENGTH from being a number from 0 to 1 or none."""
    if strength is None:
        return []
    if isinstance(strength, bool) or not isinstance(strength, int | float) or not 0 <= strength <= 1:
        return [("strength", "out_of_range", f"strength must be a number from 0 to 1, not {shown(strength)}.")]
    return []


def ends_faults(draft: ConnectionDraft, from_end: End | None, to_end: End | None, rule: ConnectionRule | None) -> list[Fault]:
    """What is wrong with the ends of DRAFT: not there, deleted, or of types that RULE does not link. One sentence per end."""
    faults = [*end_faults("from", draft.from_key, from_end), *end_faults("to", draft.to_key, to_end)]
    if rule is None:
        return faults
    if from_end is not None and rule.from_types and from_end.type not in rule.from_types:
        faults.append(("from", "forbidden_pair", f"{rule.name} starts from {words(rule.from_types)}, not from {from_end.type}."))
    if to_end is not None and rule.to_types and to_end.type not in rule.to_types:
        faults.append(("to", "forbidden_pair", f"{rule.name} leads to {words(rule.to_types)}, not to {to_end.type}."))
    return faults


def end_faults(field: str, key: str | None, end: End | None, *, deleted_too: bool = False) -> list[Fault]:
    """What is wrong with a thing that an item names by KEY: not in the group or, unless DELETED_TOO, deleted. Without a key: nothing."""
    if key is None:
        return []
    if end is None:
        return [(field, "not_found", f"There is no thing {shown(key)} in this group.")]
    if end.is_deleted and not deleted_too:
        return [(field, "deleted", f"The thing {shown(key)} is deleted.")]
    return []
