"""Rules of items that tell events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ontology.catalogue.compiled import Catalogue, TypeRule
from ontology.validation.connections import end_key_faults
from ontology.validation.problems import Fault, Problem, no_objects, objects, shown
from ontology.validation.things import external_id_faults, type_faults
from ontology.validation.values import json_text, moment, schema_faults, unknown_fields

INSERT_FIELDS = frozenset({"type", "actor", "target", "timestamp", "metadata", "external_id"})
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
FUTURE_MAX = timedelta(days=366)
"""How far ahead a clock may be wrong, or a booking may lie; each month makes a partition, so not for ever."""


@dataclass(slots=True)
class EventDraft:
    """An event whose actor and target are still as the item names them; `metadata` is JSON text.

    `faults` is what its own fields have wrong; actor and target are checked all the same, so that the answer names everything.
    """

    index: int
    type: str
    actor_key: str | None
    target_key: str | None
    timestamp: datetime
    metadata: str
    external_id: str | None
    faults: list[Fault]


def events_check(
    items: Sequence[Mapping[str, Any]], catalogue: Catalogue, now: datetime, *, validate: bool, unique: bool = True
) -> tuple[list[EventDraft], list[Problem]]:
    """The drafts of ITEMS, good and bad, and a problem for every item that is no object. An item without a timestamp is of NOW.

    UNIQUE off takes an external_id that stands twice in a month, for the table to sort out.
    """
    drafts: list[EventDraft] = []
    seen: set[tuple[str, int, int]] = set()
    for index, item in objects(items):
        draft = _draft(index, item, catalogue.events, now, validate=validate)
        drafts.append(draft)
        if unique and draft.external_id is not None:
            key = (draft.external_id, draft.timestamp.year, draft.timestamp.month)
            if key in seen:
                sentence = f"external_id {shown(draft.external_id)} stands twice in this month in this call."
                draft.faults.append(("external_id", "duplicate_in_call", sentence))
            seen.add(key)
    return drafts, no_objects(items)


def _draft(index: int, item: Mapping[str, Any], rules: Mapping[str, TypeRule], now: datetime, *, validate: bool) -> EventDraft:
    type_name, metadata, external_id = item.get("type"), item.get("metadata", {}), item.get("external_id")
    rule = rules.get(type_name) if isinstance(type_name, str) else None
    faults = [] if rule is not None and rule.active else type_faults(type_name, rule)
    text, wrong = json_text("metadata", metadata)
    if validate and rule is not None and not wrong:
        wrong = schema_faults("metadata", metadata, rule.validator)
    faults += wrong
    timestamp, wrong = _timestamp(item.get("timestamp"), now)
    faults += wrong
    keys: dict[str, str | None] = {"actor": None, "target": None}
    for field in keys:
        if item.get(field) is not None:
            wrong = end_key_faults(field, item[field])
            keys[field] = None if wrong else str(item[field])
            faults += wrong
    if external_id is not None:
        wrong = external_id_faults(external_id)
        external_id = None if wrong else external_id
        faults += wrong
    if not item.keys() <= INSERT_FIELDS:
        faults += unknown_fields(item, INSERT_FIELDS)
    return EventDraft(index, str(type_name), keys["actor"], keys["target"], timestamp, text, external_id, faults)


def _timestamp(value: object, now: datetime) -> tuple[datetime, list[Fault]]:
    if value is None:
        return now, []
    found, faults = moment("timestamp", value)
    if found is None:
        return now, faults
    if not EARLIEST <= found <= now + FUTURE_MAX:
        bounds = f"from {EARLIEST:%Y-%m-%d} to {FUTURE_MAX.days} days ahead"
        return now, [("timestamp", "out_of_range", f"timestamp is {found.isoformat()}; events are taken {bounds}.")]
    return found, []
