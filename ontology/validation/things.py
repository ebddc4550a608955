"""Rules of items that make or change things."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ontology.catalogue.compiled import Catalogue, TypeRule
from ontology.choices import ThingStatus
from ontology.validation.problems import Fault, Problem, problems_at, shown, words
from ontology.validation.values import (
    EXTERNAL_ID_CHARACTERS_MAX,
    NAME_CHARACTERS_MAX,
    json_text,
    moment,
    schema_faults,
    text_faults,
    unknown_fields,
)

INSERT_FIELDS = frozenset({"type", "name", "properties", "status", "external_id", "created_at"})
STATUSES = tuple(ThingStatus.values)
NO_PROPERTIES: dict[str, Any] = {}


class ThingRow(NamedTuple):
    """A thing ready to be written; `place` is its item's in the call, `properties` is JSON text, `created_at` None for now."""

    place: int
    type: str
    name: str
    properties: str
    status: str
    external_id: str | None
    created_at: datetime | None


def things_check(
    items: Sequence[Mapping[str, Any]],
    catalogue: Catalogue,
    problems: list[Problem],
    *,
    default_status: str,
    validate: bool,
    unique: bool = True,
) -> Iterator[ThingRow]:
    """The rows of the good ITEMS, one at a time and in the order of their external_id; every problem of the bad ones goes to PROBLEMS.

    UNIQUE off takes an external_id that stands twice, for the table to sort out.
    """
    seen: set[str] = set()
    for index in sorted(range(len(items)), key=lambda place: _external_id_text(items[place])):
        item = items[index]
        if not isinstance(item, Mapping):
            problems.append(Problem(index, "", "not_object", f"The item must be an object, not {shown(item)}."))
            continue
        row, faults = _thing_row(index, item, catalogue.things, default_status, validate)
        external_id = row.external_id
        if unique and isinstance(external_id, str):
            if external_id in seen:
                faults = [*faults, ("external_id", "duplicate_in_call", f"external_id {shown(external_id)} stands twice in this call.")]
            if not faults:
                seen.add(external_id)
        if faults:
            problems += problems_at(index, faults)
        else:
            yield row


def _external_id_text(item: object) -> str:
    external_id = item.get("external_id") if isinstance(item, Mapping) else None
    return external_id if isinstance(external_id, str) else ""


def _thing_row(
    index: int, item: Mapping[str, Any], rules: Mapping[str, TypeRule], default_status: str, validate: bool
) -> tuple[ThingRow, list[Fault]]:
    get = item.get
    type_name, name, status, external_id = get("type"), get("name"), get("status", default_status), get("external_id")
    properties, created_at = get("properties", NO_PROPERTIES), get("created_at")
    text, faults = json_text("properties", properties)
    rule = rules.get(type_name) if isinstance(type_name, str) else None
    if rule is None or not rule.active:
        faults = type_faults(type_name, rule) + faults
    elif validate and rule.validator is not None and not faults and not rule.validator.is_valid(properties):
        faults = schema_faults("properties", properties, rule.validator)
    if not isinstance(name, str) or not name.isascii() or len(name) > NAME_CHARACTERS_MAX or "\0" in name or not name or name.isspace():
        faults = name_faults(name) + faults
    if status not in STATUSES:
        faults = [*faults, status_fault(status)]
    if external_id is not None:
        faults = faults + external_id_faults(external_id)
    if created_at is not None:
        created_at, wrong = moment("created_at", created_at)
        faults = faults + wrong
    if not item.keys() <= INSERT_FIELDS:
        faults = faults + unknown_fields(item, INSERT_FIELDS)
    return ThingRow(index, type_name, name, text, status, external_id, created_at), faults  # type: ignore[arg-type]


def type_faults(type_name: object, rule: TypeRule | None) -> list[Fault]:
    """What is wrong with a type that the catalogue does not take."""
    if type_name is None:
        return [("type", "missing", "type is missing.")]
    if rule is None:
        return [("type", "unknown_type", f"There is no type {shown(type_name)} in the catalogue.")]
    return [("type", "inactive_type", f"The type {type_name} is switched off and takes no new rows.")]


def name_faults(name: object) -> list[Fault]:
    """What is wrong with a name: missing, blank, too long or no text."""
    if name is None:
        return [("name", "missing", "name is missing.")]
    if isinstance(name, str) and not name.strip():
        return [("name", "blank", "name must not be blank.")]
    return text_faults("name", name, NAME_CHARACTERS_MAX)


def status_fault(status: object) -> Fault:
    """A status that is none."""
    return ("status", "unknown_status", f"status must be {words(STATUSES)}, not {shown(status)}.")


def external_id_faults(external_id: object) -> list[Fault]:
    """What is wrong with an external_id; one that is present must not be empty."""
    if external_id == "":
        return [("external_id", "blank", "external_id must not be empty; leave it out instead.")]
    return text_faults("external_id", external_id, EXTERNAL_ID_CHARACTERS_MAX)
