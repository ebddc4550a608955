"""Legacy things become v1: named, typed, with properties that are an object, in the group that was decided."""

import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ontology.choices import LegacyKind
from ontology.migration.plan import Plan, Tally
from ontology.migration.steps.step import FIRST_ID, KeyedStep, KeyRange
from ontology.models import Thing
from ontology.services.bulk import query
from ontology.services.catalogue import catalogue_current

_GROUPS = {"inferred": "things_group_inferred", "ambiguous": "things_group_ambiguous", "isolated": "things_group_isolated"}
_FINDINGS = ("things_unnamed", "things_malformed_properties", "things_unknown_type", "things_external_id_taken")
_SCHEMA_ROWS = 5_000


class Things(KeyedStep):
    """Rule 2."""

    name, kind = "things", LegacyKind.THING
    collisions = "migration_things_taken"
    referred = ("ontology_thing",)

    def decide(self, plan: Plan, default: uuid.UUID) -> None:
        """Decided with their groups."""

    def validate(self, plan: Plan, default: uuid.UUID) -> Tally:
        """By the same rules, read only."""
        tally = _tally(query("migration_things_count", {}))
        keys = self.next_range(FIRST_ID, _SCHEMA_ROWS)
        while keys is not None:
            tally += _schema_findings(keys)
            keys = self.next_range(keys.until, _SCHEMA_ROWS)
        return tally

    def apply_range(self, plan: Plan, default: uuid.UUID, keys: KeyRange, taken: list[uuid.UUID]) -> Tally:
        """Two statements for the range."""
        broken = _schema_findings(keys)
        return _tally(query("migration_things_apply", {**keys.told(), "taken": taken})) + broken


def _tally(found: Iterable[tuple[Any, ...]]) -> Tally:
    tally: Tally = Counter()
    for decision, things, *flags in found:
        tally["things_migrated"] += things
        if decision in _GROUPS:
            tally[_GROUPS[decision]] += things
        tally += Counter({f"findings.{name}": number for name, number in zip(_FINDINGS, flags, strict=True)})
    return +tally


def _schema_findings(keys: KeyRange) -> Tally:
    """Things whose properties are an object and break the schema of their type; they are left as they are."""
    rules = catalogue_current().things
    within = Thing.objects.filter(pk__gt=keys.after, pk__lte=keys.until, schema_version=0).values_list("type", "properties")
    broken = 0
    for type_name, properties in within.iterator(_SCHEMA_ROWS):
        rule = rules.get(type_name)
        if rule is not None and rule.validator is not None and isinstance(properties, dict):
            broken += not rule.validator.is_valid(properties)
    return +Counter({"findings.things_break_their_schema": broken})
