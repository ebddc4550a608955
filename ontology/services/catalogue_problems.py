"""What is wrong with a type of the catalogue as staff want to save it."""

import math
import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from ontology.catalogue.faults import schema_fault
from ontology.models import ThingType
from ontology.models.catalogue import CatalogueType

type Problems = dict[str, list[str]]
"""Sentences by field."""

_SNAKE_CASE = re.compile(r"[a-z][a-z0-9_]*")
_KEPT = frozenset({"id", "name", "created_at", "updated_at"})
_OBJECTS = ("schema", "revenue_when")
_SIDES = ("from_types", "to_types")


def type_problems(old: CatalogueType | None, new: CatalogueType, changes: Mapping[str, object]) -> Problems:
    """Sets CHANGES on NEW, a copy of OLD or a type to be made, and returns what keeps it from being saved; empty: nothing.

    One query when the changes name types of things, else none.
    """
    fields = {field.name for field in new._meta.fields} - _KEPT
    problems: Problems = {field: sentences for field, value in changes.items() if (sentences := _value_problems(field, value, fields))}
    if not _SNAKE_CASE.fullmatch(new.name):
        problems["name"] = ["A name is snake_case: small letters, digits and underscores, a letter first."]
    if problems:
        return problems
    for field, value in changes.items():
        setattr(new, field, value)
    problems |= _side_problems(old, new, changes)
    if getattr(new, "revenue_when", None) and not getattr(new, "revenue_key", ""):
        problems["revenue_key"] = ["Name the key whose sum is revenue, or leave out when it counts."]
    try:
        new.clean_fields(exclude=set(problems))
    except ValidationError as error:
        problems |= error.message_dict
    return problems


def _value_problems(field: str, value: object, fields: set[str]) -> list[str]:
    if field not in fields:
        return ["There is no such field to change."]
    if value is None:
        return ["A value is needed; leave the field out to keep what it holds."]
    if not _storable(value):
        return ["It holds a character or number that cannot be stored."]
    if field in _OBJECTS and not isinstance(value, dict):
        return ["This must be an object."]
    if field in _SIDES and not (isinstance(value, list) and all(isinstance(name, str) for name in value)):
        return ["This must be a list of names of types; an empty one allows any."]
    fault = schema_fault(value) if field == "schema" and isinstance(value, dict) else None
    return [str(fault)] if fault else []


def _side_problems(old: CatalogueType | None, new: CatalogueType, changes: Mapping[str, object]) -> Problems:
    """Names that an edit adds to a side and no type of things has; those that stood there before may wait for a feature left out."""
    added = {side: set(getattr(new, side)) - set(getattr(old, side, ())) for side in _SIDES if side in changes}
    if not any(added.values()):
        return {}
    known = set(ThingType.objects.filter(name__in=set().union(*added.values())).values_list("name", flat=True))
    return {side: [f"There is no type of things {name!r}." for name in sorted(names - known)] for side, names in added.items() if names - known}


def _storable(value: Any) -> bool:
    """Whether PostgreSQL can hold the value as JSON: no NUL, no half of a surrogate pair, no infinite number."""
    match value:
        case str():
            return "\x00" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
        case float():
            return math.isfinite(value)
        case dict():
            return all(_storable(key) and _storable(item) for key, item in value.items())
        case list():
            return all(_storable(item) for item in value)
    return True
