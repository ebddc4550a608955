"""What is wrong with a schema, and where."""

from typing import Any

import pytest

from ontology.catalogue.faults import schema_fault


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"properties": {"a": {"type": "strng"}}}, "/properties/a/type"),
        ({"properties": {"a/b~c": {"minimum": "x"}}}, "/properties/a~1b~0c/minimum"),
        ({"required": "title"}, "/required"),
        ({"properties": {"a": {"pattern": "("}}}, "/properties/a/pattern"),
        ({"allOf": [{}, {"$ref": "#/$defs/missing"}]}, "/allOf/1/$ref"),
        ({"$id": "::"}, ""),
    ],
)
def test_schema_fault__names_the_place(schema: dict[str, Any], pointer: str) -> None:
    fault = schema_fault(schema)

    assert fault is not None
    assert fault.pointer == pointer


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:9/schema.json", "https://example.org/schema.json", "file:///etc/passwd", "other.json", "http://127.0.0.1:9/a#/b"]
)
@pytest.mark.parametrize("word", ["$ref", "$dynamicRef"])
def test_schema_fault__other_documents_are_refused(word: str, target: str) -> None:
    fault = schema_fault({"properties": {"a": {word: target}}})

    assert str(fault) == f"/properties/a/{word}: A schema may not refer to another document: {target}"


@pytest.mark.parametrize("schema", [{}, {"properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": {"type": "string"}}}])
def test_schema_fault__none_in_a_good_schema(schema: dict[str, Any]) -> None:
    assert schema_fault(schema) is None
