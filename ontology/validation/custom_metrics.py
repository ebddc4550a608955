"""Rules of custom metrics, and their conditions as a question to the database: a jsonpath predicate whose values are bound, never written into it."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ontology.choices import Aggregate
from ontology.validation.problems import Fault, shown, words
from ontology.validation.values import text_faults

NAME = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
KEY_LETTERS, CONDITIONS_MAX, WINDOW_DAYS_MAX = 100, 20, 3660
TESTS = {"is": "exists({key} ? (@ == {value}))", "not": "!exists({key} ? (@ == {value}))", "min": "exists({key} ? (@ >= {value}))"}
TESTS |= {"max": "exists({key} ? (@ <= {value}))"}
HAS = "has"
"""`has: true` asks that the key is there, `has: false` that it is not."""


def conditions_path(conditions: Sequence[Mapping[str, Any]]) -> tuple[str, dict[str, Any]]:
    """CONDITIONS, which must be sound, as a jsonpath predicate and the values it names; blank for none. An array matches by any of its elements."""
    parts, values = [], dict[str, Any]()
    for condition in conditions:
        key = f"$.{json.dumps(condition['key'], ensure_ascii=False)}"
        if HAS in condition:
            parts.append(f"{'' if condition[HAS] else '!'}exists({key})")
        for test, form in TESTS.items():
            if test in condition:
                name = f"v{len(values)}"
                values[name] = condition[test]
                parts.append(form.format(key=key, value=f"${name}"))
    return " && ".join(parts), values


def metric_faults(metric: Mapping[str, Any], event_types: frozenset[str]) -> list[Fault]:
    """What is wrong with METRIC `{name, title, event_type, conditions, aggregate, sum_key, window_days}`; EVENT_TYPES are those of the catalogue."""
    faults = text_faults("title", metric["title"], 120)
    if isinstance(metric["title"], str) and not metric["title"].strip():
        faults.append(("title", "blank", "title must not be blank."))
    if not isinstance(metric["name"], str) or not NAME.match(metric["name"]):
        sentence = f"name must be lower-case letters, digits and _, begin with a letter and have at most 60, not {shown(metric['name'])}."
        faults.append(("name", "not_a_name", sentence))
    if metric["event_type"] and metric["event_type"] not in event_types:
        faults.append(("event_type", "unknown_type", f"{shown(metric['event_type'])} is no type of events of the catalogue; leave it blank for all."))
    if metric["aggregate"] not in Aggregate.values:
        faults.append(("aggregate", "unknown_aggregate", f"aggregate must be {words(Aggregate.values)}, not {shown(metric['aggregate'])}."))
    if (metric["aggregate"] == Aggregate.SUM) != bool(metric["sum_key"]):
        faults.append(("sum_key", "sum_key", "sum_key names the number of the metadata to sum: with aggregate sum it must, else it must not."))
    days = metric["window_days"]
    if days is not None and (isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= WINDOW_DAYS_MAX):
        sentence = f"window_days must be 1 to {WINDOW_DAYS_MAX:,}, or nothing for all time, not {shown(days)}."
        faults.append(("window_days", "out_of_range", sentence))
    return faults + _conditions_faults(metric["conditions"])


def _conditions_faults(conditions: object) -> list[Fault]:
    if not isinstance(conditions, list) or len(conditions) > CONDITIONS_MAX:
        return [("conditions", "not_a_list", f"conditions must be a list of at most {CONDITIONS_MAX} conditions.")]
    return [fault for place, condition in enumerate(conditions) for fault in _condition_faults(f"conditions[{place}]", condition)]


def _condition_faults(field: str, condition: object) -> list[Fault]:
    form = 'an object such as {"key": "status", "is": "paid"} or {"key": "amount", "min": 10}'
    if not isinstance(condition, Mapping) or not isinstance(condition.get("key"), str):
        return [(field, "not_a_condition", f"{field} must be {form}.")]
    key = condition["key"]
    if not key or len(key) > KEY_LETTERS or not key.isprintable():
        return [(f"{field}.key", "not_a_key", f"{field}.key must be a key of the metadata, of at most {KEY_LETTERS} characters.")]
    tests = condition.keys() - {"key"}
    if not tests or not tests <= {*TESTS, HAS}:
        return [(field, "not_a_condition", f"{field} must have a key and {words([*TESTS, HAS])}, like {form}.")]
    return [fault for test in sorted(tests) for fault in _value_faults(f"{field}.{test}", test, condition[test])]


def _value_faults(field: str, test: str, value: object) -> list[Fault]:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if test == HAS and not isinstance(value, bool):
        return [(field, "not_boolean", f"{field} must be true or false, not {shown(value)}.")]
    if test in {"min", "max"} and not is_number:
        return [(field, "not_a_number", f"{field} must be a number, not {shown(value)}.")]
    if test in {"is", "not"} and not (is_number or isinstance(value, str | bool)):
        return [(field, "not_a_value", f"{field} must be a text, a number, true or false, not {shown(value)}.")]
    if isinstance(value, str) and ("\0" in value or len(value) > 500):
        return [(field, "too_long", f"{field} must have at most 500 characters, none of them NUL.")]
    return []
