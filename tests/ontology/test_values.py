"""Rules of single values, against any value there is."""

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontology.records.parsing import json_parse
from ontology.validation.problems import FAULTS_MAX, named, shown, words
from ontology.validation.thing_changes import merged, same_json
from ontology.validation.values import json_text, moment, text_faults, unknown_fields

NUMBERS = st.integers(-(1 << 63), (1 << 64) - 1) | st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=("Cs",)))
JSON = st.recursive(st.none() | st.booleans() | NUMBERS | TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def holds_nul(value: Any) -> bool:
    return "\\u0000" in json.dumps(value).replace("\\\\", "")


@given(st.dictionaries(TEXT, JSON))
def test_json_text__reads_back_equal_or_is_refused_for_nul(value: dict[str, Any]) -> None:
    text, faults = json_text("properties", value)

    assert {code for _, code, _ in faults} == ({"nul"} if holds_nul(value) else set())
    if not faults:
        assert json.loads(text) == value
        assert same_json(json.loads(text), value)


@given(ANYTHING)
def test_json_text__never_raises(value: Any) -> None:
    text, faults = json_text("properties", value)

    assert bool(text) is not bool(faults)
    assert all(sentence.endswith(".") for _, _, sentence in faults)


@given(st.text(), st.integers(0, 5))
def test_text_faults__good_text_is_what_postgresql_stores(value: str, limit: int) -> None:
    codes = {code for _, code, _ in text_faults("name", value, limit)}

    assert ("nul" in codes) == ("\0" in value)
    assert ("too_long" in codes) == (len(value) > limit)
    assert ("not_unicode" in codes) == any(0xD800 <= ord(letter) < 0xE000 for letter in value)


@given(ANYTHING)
def test_moment__never_raises(value: Any) -> None:
    found, faults = moment("at", value)

    assert (found is None) is bool(faults)
    assert found is None or found.tzinfo is UTC


@given(st.datetimes(timezones=st.timezones()))
def test_moment__of_text_is_that_moment(value: datetime) -> None:
    found, faults = moment("at", value.isoformat())

    assert faults or found == value.astimezone(UTC)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2024-01-01", "no_offset"),
        ("2024-01-01T00:00:00", "no_offset"),
        (datetime(2024, 1, 1), "no_offset"),  # noqa: DTZ001 -- what is refused
        ("", "not_a_moment"),
        ("2024-02-30T00:00:00Z", "not_a_moment"),
        (math.nan, "not_a_moment"),
        (math.inf, "milliseconds"),
        (1e11 + 1, "milliseconds"),
        (-1e11 - 1, "milliseconds"),
        (True, "not_a_moment"),
        (None, "not_a_moment"),
        ("0001-01-01T00:00:00+01:00", "not_a_moment"),
        ("9999-12-31T23:59:59-01:00", "not_a_moment"),
    ],
)
def test_moment__refused(value: object, code: str) -> None:
    assert [found for _, found, _ in moment("at", value)[1]] == [code]


@given(JSON, JSON)
def test_merged__is_rfc_7396(old: Any, patch: Any) -> None:
    result = merged(old, patch)

    if not isinstance(patch, dict):
        assert result == patch
        return
    for key, value in patch.items():
        assert (key not in result) if value is None else result[key] == merged(old.get(key) if isinstance(old, dict) else None, value)
    for key in old if isinstance(old, dict) else ():
        assert key in patch or result[key] == old[key]


@pytest.mark.parametrize(("one", "other"), [(1, True), (0, False), (1, 1.0), ({"a": [1]}, {"a": [True]}), (None, 0), ("1", 1)])
def test_same_json__tells_kinds_apart(one: Any, other: Any) -> None:
    assert not same_json(one, other)


@given(JSON)
def test_json_parse__keeps_every_number(value: Any) -> None:
    parsed, fault = json_parse(json.dumps(value).encode())

    assert fault is None
    assert parsed == value


@given(st.integers())
def test_json_parse__whole_numbers_beyond_64_bits_are_refused(value: int) -> None:
    parsed, fault = json_parse(b'{"n": %d}' % value)

    assert (fault is None) is (-(1 << 63) <= value < 1 << 64)
    assert fault is not None or parsed == {"n": value}


@given(st.binary())
def test_json_parse__never_raises(text: bytes) -> None:
    _, fault = json_parse(text)

    assert fault is None or fault[2].endswith(".")


@pytest.mark.parametrize("count", [0, 1, FAULTS_MAX, FAULTS_MAX + 1, 1_000])
def test_unknown_fields__are_few(count: int) -> None:
    faults = unknown_fields({f"k{n}": n for n in range(count)}, frozenset({"name"}))

    assert len(faults) == min(count, FAULTS_MAX)
    assert (f"{count - FAULTS_MAX + 1:,} more" in faults[-1][2]) if count > FAULTS_MAX else all("known are name" in fault[2] for fault in faults)


@given(st.text())
def test_named__can_be_stored_and_printed(key: str) -> None:
    assert named(key).isprintable()
    assert len(named(key)) <= 80


def test_shown__cuts() -> None:
    assert (shown("abc"), len(shown("x" * 1_000)), words(["b", "a", "c"])) == ("'abc'", 61, "a, b or c")
