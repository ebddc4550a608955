"""The converter between camelCase and snake_case."""

import copy
import time
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ontology.api.cases import FREE_FORM, WORDS, camel, field_out, items_in, plain, sentence_out, snake
from ontology.validation.things import INSERT_FIELDS

letters = "aA_bB é0\0"
keys = st.text(letters, min_size=1, max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(letters), lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=20
)


def test_names__go_there_and_back() -> None:
    for name in WORDS:
        assert snake(camel(name)) == name
        assert "_" not in camel(name)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(["externalId", "type", "name", "properties", "createdAt", "x_y", "xY"]), values))
def test_items__keep_every_value_and_rename_only_known_fields(item: dict[str, Any]) -> None:
    turned = copy.deepcopy(item)

    items_in([turned], INSERT_FIELDS)

    names = {"externalId": "external_id", "createdAt": "created_at"}
    assert turned == {names.get(name, name): value for name, value in item.items()}


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(sorted(FREE_FORM)), values)
def test_answers__never_touch_what_is_the_clients_own(name: str, value: Any) -> None:
    assert plain({"outer_name": {name: value}}) == {"outerName": {name: value}}


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(keys, values))
def test_items__never_touch_keys_of_properties(properties: dict[str, Any]) -> None:
    item = {"properties": copy.deepcopy(properties), "metadata": copy.deepcopy(properties)}

    items_in([item], INSERT_FIELDS)

    assert item == {"properties": properties, "metadata": properties}


def test_items__in_snake_case_become_unknown_fields() -> None:
    item = {"external_id": "a", "externalId": "b"}

    items_in([item], INSERT_FIELDS)

    assert item == {"external_id ": "a", "external_id": "b"}


def test_items__that_are_no_objects_stay() -> None:
    items = [1, None, "externalId", ["externalId"]]

    items_in(items, INSERT_FIELDS)

    assert items == [1, None, "externalId", ["externalId"]]


def test_items__of_a_full_call_take_a_few_milliseconds() -> None:
    items = [{"type": "note", "name": "x", "externalId": str(n), "properties": {"a": n}} for n in range(10_000)]
    started = time.perf_counter()

    items_in(items, INSERT_FIELDS)

    assert time.perf_counter() - started < 0.1
    assert items[0]["external_id"] == "0"


def test_sentences__speak_of_the_clients_fields_and_quote_as_they_are() -> None:
    assert field_out("external_id") == "externalId"
    assert field_out("properties.external_id") == "properties.external_id"
    assert field_out("links[0].thing") == "links[0].thing"
    assert field_out("external_id ") == "external_id"
    assert sentence_out("external_id 'external_id' is taken.", "taken") == "externalId 'external_id' is taken."
    assert sentence_out("properties.external_id: wrong.", "schema") == "properties.external_id: wrong."
