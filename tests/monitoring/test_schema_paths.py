"""A path says "right" only of what the validator takes, and says so of plain values."""

import itertools
import json
import random

import pytest
from django.db import connection

from monitoring.checks.schema_paths import schema_path
from ontology.catalogue.compiled import schema_compile
from ontology.catalogue.shipped import shipped_catalogue

VALUES = [
    *(None, True, False, 0, 1.5, -3, "", "a", "customer", "pirate", [], ["a"], [["a"]], [1], ["a", 1], {}, {"a": 1}, {"0": "a"}),
    *(
        "ann@example.org",
        "a..b@example.org",
        ".a@example.org",
        "no address",
        "a@b",
        "a" * 70 + "@example.org",
        "ann@" + "e" * 70 + ".org",
        "ann@example.org\n",
    ),
    *("https://example.org/a", "http://exa mple.org", "https://", "https://example.org/a?b=c#d", "ftp://example.org", "https://example.org/ä"),
]
ODD = [
    {"type": "object", "properties": {"a": {"type": ["string", "null"]}}, "required": ["a"]},
    {"type": "object", "properties": {"a": {"type": "integer"}}},
    {"properties": {"a": {"enum": ["a", 1]}}},
    {"properties": {"a": {"const": "a"}}},
    {"properties": {"a": {"enum": []}}},
    {"type": "object", "properties": {"a": {"type": "object", "required": ["a"], "properties": {"a": {"type": "number"}}}}},
    {"properties": {"a": {"required": ["a"]}}},
    {"type": "object", "properties": {'q"uo\\te': {"type": "string"}}, "required": ['q"uo\\te']},
    {"properties": {"a": False, "b": True}},
    {"properties": {"a": {"items": {"type": "string"}}}},
    {"properties": {"a": {"type": "array", "items": {"type": "array"}}}},
    {"properties": {"a": {"type": "string", "format": "email"}}},
    {"properties": {"a": {"format": "email"}}},
    {"additionalProperties": False},
    {"type": ["object", "null"], "maxProperties": 1},
]


def judged(schema: dict[str, object], values: list[dict[str, object]]) -> list[tuple[bool, bool]]:
    """Of each value whether the path says that it is right, and whether the validator takes it."""
    validator, path = schema_compile(schema), schema_path(schema)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(value @@ %s::jsonpath, false) FROM unnest(%s::jsonb[]) WITH ORDINALITY AS told (value, place) ORDER BY place",
            [path, [json.dumps(value) for value in values]],
        )
        said = [row[0] for row in cursor.fetchall()]
    return [(is_right, validator is None or validator.is_valid(value)) for is_right, value in zip(said, values, strict=True)]


@pytest.mark.django_db
@pytest.mark.parametrize("place", range(len(ODD)))
def test_path__never_takes_a_wrong_value_for_right(place: int) -> None:
    names = ["a", 'q"uo\\te', "b"]
    values = [{}, *({name: value} for name, value in itertools.product(names, VALUES)), *({"a": value, "b": value} for value in VALUES)]
    assert [value for value, (said, valid) in zip(values, judged(ODD[place], values), strict=True) if said and not valid] == []


@pytest.mark.django_db
def test_path__of_every_shipped_type_agrees_with_its_validator() -> None:
    catalogue, chance = shipped_catalogue(), random.Random(1)
    schemas = [each.schema for kind in (catalogue.things, catalogue.connections, catalogue.events) for each in kind if each.schema]
    assert len(schemas) == 99
    for schema in schemas:
        names = list(schema["properties"])
        values = [{name: chance.choice(VALUES) for name in names if chance.random() < 0.4} for _ in range(30)]
        told = judged(schema, values)
        assert [value for value, (said, valid) in zip(values, told, strict=True) if said and not valid] == []


@pytest.mark.django_db
def test_path__knows_plain_values() -> None:
    schema = next(each.schema for each in shipped_catalogue().things if each.name == "creator")
    plain = [{"role": "customer"}, {"role": "customer", "email": "ann.lee@example.org", "social": {}, "displayName": "Ann"}]
    assert judged(schema, plain) == [(True, True), (True, True)]


def test_path__of_what_it_does_not_know_is_none() -> None:
    assert schema_path({"patternProperties": {}}) is None
