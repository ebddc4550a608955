"""knowledge_insert: each rule of an item, links and vectors."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ontology.errors import TooManyItems
from ontology.models import EmbeddingModel, Event, Group, Knowledge, ThingKnowledge
from ontology.services.knowledge import knowledge_insert
from tests.answers import counted, rows, told
from tests.factories import make_group, make_thing

pytestmark = pytest.mark.django_db
LABEL = {"type": "label", "text": "green"}
VECTOR = {"type": "vector_only", "embedding": [1.0, 2.5, -3], "embedding_model": "small"}


@pytest.fixture
def group() -> Group:
    return make_group()


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"type": "poem"}, "type", "unknown_type"),
        ({"type": None}, "type", "unknown_type"),
        ({"type": ["label"]}, "type", "unknown_type"),
        ({"text": ""}, "text", "blank"),
        ({"text": " \n"}, "text", "blank"),
        ({"text": 5}, "text", "not_text"),
        ({"text": "a\0"}, "text", "nul"),
        ({"text": "x" * 1_000_001}, "text", "too_long"),
        ({"source": "nothing"}, "source", "not_found"),
        ({"source": "a\0"}, "source", "nul"),
        ({"source": "\ud800"}, "source", "not_unicode"),
        ({"source": ["a"]}, "source", "not_text"),
        ({"source_field": 5}, "source_field", "not_text"),
        ({"chunk": []}, "chunk", "not_object"),
        ({"metadata": None}, "metadata", "not_object"),
        ({"labels": "green"}, "labels", "not_a_list"),
        ({"labels": ["a"] * 1_001}, "labels", "not_a_list"),
        ({"labels": ["a", 5]}, "labels[1]", "not_text"),
        ({"labels": ["a", "b\0"]}, "labels[1]", "nul"),
        ({"external_id": ""}, "external_id", "blank"),
        ({"external_id": ["a"]}, "external_id", "not_text"),
        ({"external_id": {}}, "external_id", "not_text"),
        ({"embedding": [1.0]}, "embedding_model", "missing"),
        ({"embedding_model": "small"}, "embedding_model", "missing"),
        ({"embedding": [], "embedding_model": "small"}, "embedding", "not_a_vector"),
        ({"embedding": "[1]", "embedding_model": "small"}, "embedding", "not_a_vector"),
        ({"embedding": [0] * 16_001, "embedding_model": "small"}, "embedding", "not_a_vector"),
        ({"embedding": [1, "2"], "embedding_model": "small"}, "embedding[1]", "not_a_number"),
        ({"embedding": [1, True], "embedding_model": "small"}, "embedding[1]", "not_a_number"),
        ({"embedding": [1, float("nan")], "embedding_model": "small"}, "embedding[1]", "not_a_number"),
        ({"embedding": [1e39], "embedding_model": "small"}, "embedding[0]", "not_a_number"),
        ({"embedding": [1], "embedding_model": "a\0"}, "embedding_model", "nul"),
        ({"type": "vector_only"}, "embedding", "missing"),
        ({"links": "one"}, "links", "not_a_list"),
        ({"links": [{}] * 1_001}, "links", "not_a_list"),
        ({"links": [{"thing": "nothing", "role": "label"}]}, "links[0].thing", "not_found"),
        ({"links": [{"role": "label"}]}, "links[0].thing", "missing"),
        ({"links": [{"thing": "one", "role": "friend"}]}, "links[0].role", "unknown_role"),
        ({"links": [{"thing": "one", "role": []}]}, "links[0].role", "unknown_role"),
        ({"links": ["one"]}, "links[0].role", "unknown_role"),
        ({"colour": "green"}, "colour", "unknown_field"),
    ],
)
def test_knowledge_insert__rule_of_an_item(group: Group, wrong: dict[str, Any], field: str, code: str) -> None:
    make_thing(group, external_id="one")

    result = knowledge_insert(group, [LABEL, {**LABEL, **wrong}])

    assert told(result) == [(1, field, code)]
    assert counted(result) == (1, 0, 0, 1)
    assert Knowledge.objects.in_group(group).count() == 1
    assert not EmbeddingModel.objects.exists()


def test_knowledge_insert__writes_the_row_as_given(group: Group) -> None:
    thing = make_thing(group, external_id="one")
    labels = ["plain", 'quo"te', "back\\slash", "NULL", "", "a,b", "{c}", "line\nbreak", "\x01"]
    item = {
        "type": "chunk",
        "text": "Text with \x01 and \n",
        "embedding": [0.5, -1, 3.4e37],
        "embedding_model": "small",
        "source": "one",
        "source_field": "properties.text",
        "chunk": {"index": 1},
        "labels": labels,
        "metadata": {"a": [1]},
        "external_id": "k1",
        "links": [{"thing": "one", "role": "chunk_of"}, {"thing": str(thing.pk), "role": "chunk_of"}, {"thing": "one", "role": "summary"}],
    }

    result = knowledge_insert(group, [item])

    row = Knowledge.objects.get(pk=result.created[0])
    assert (row.type, row.text, row.source_thing_id, row.source_field) == ("chunk", item["text"], thing.pk, "properties.text")
    assert (row.chunk, row.labels, row.metadata, row.external_id) == ({"index": 1}, labels, {"a": [1]}, "k1")
    assert (row.embedding_model, row.embedding_dim, [float(number) for number in row.embedding]) == ("small", 3, pytest.approx([0.5, -1, 3.4e37]))
    links = ThingKnowledge.objects.in_group(group).order_by("role")
    assert [(link.thing_id, link.knowledge_id, link.role) for link in links] == [(thing.pk, row.pk, "chunk_of"), (thing.pk, row.pk, "summary")]
    (event,) = Event.objects.in_group(group)
    assert (event.type, event.metadata["count"]) == ("knowledge_created", 1)


def test_knowledge_insert__deleted_and_foreign_things(group: Group) -> None:
    make_thing(group, external_id="gone", deleted_at="2024-01-01T00:00:00Z")
    theirs = make_thing(make_group())
    before = rows()

    result = knowledge_insert(
        group,
        [{**LABEL, "source": "gone"}, {**LABEL, "source": str(theirs.pk)}, {**LABEL, "links": [{"thing": str(theirs.pk), "role": "label"}]}],
    )

    assert told(result) == [(0, "source", "deleted"), (1, "source", "not_found"), (2, "links[0].thing", "not_found")]
    assert rows() == before


def test_knowledge_insert__vectors_of_a_model_share_a_dimension(group: Group) -> None:
    first = knowledge_insert(group, [VECTOR, {**VECTOR, "embedding": [1]}])
    second = knowledge_insert(group, [{**VECTOR, "embedding": [1, 2]}, {**VECTOR, "embedding": [1], "embedding_model": "tiny"}])

    assert told(first) == [(1, "embedding", "wrong_dimension")]
    assert told(second) == [(0, "embedding", "wrong_dimension")]
    assert dict(EmbeddingModel.objects.values_list("name", "dim")) == {"small": 3, "tiny": 1}


def test_knowledge_insert__refused_vector_says_nothing_of_its_model(group: Group) -> None:
    result = knowledge_insert(group, [{**VECTOR, "source": "nothing", "embedding": [1]}, {**VECTOR, "labels": 5, "embedding": [1]}, VECTOR])

    assert told(result) == [
        (0, "source", "not_found"),
        (0, "embedding", "wrong_dimension"),
        (1, "labels", "not_a_list"),
        (1, "embedding", "wrong_dimension"),
    ]
    assert dict(EmbeddingModel.objects.values_list("name", "dim")) == {"small": 3}


def test_knowledge_insert__external_ids(group: Group) -> None:
    item = {**LABEL, "external_id": "k1"}
    knowledge_insert(group, [item])

    again = knowledge_insert(group, [item, {**item, "external_id": "k2"}, {**item, "external_id": "k2"}])
    skipped = knowledge_insert(group, [item, {**item, "external_id": "k3"}] * 2, on_conflict="skip")
    elsewhere = knowledge_insert(make_group(), [item])

    assert told(again) == [(0, "external_id", "external_id_taken"), (2, "external_id", "duplicate_in_call")]
    assert counted(skipped) == (1, 0, 3, 0)
    assert counted(elsewhere) == (1, 0, 0, 0)


def test_knowledge_insert__atomic_and_dry_run_write_nothing(group: Group) -> None:
    items = [VECTOR, {"type": "label"}]
    before = rows()

    atomic = knowledge_insert(group, items, mode="atomic")
    dry = knowledge_insert(group, items, dry_run=True)

    assert (counted(atomic), counted(dry)) == ((0, 0, 0, 1), (1, 0, 0, 1))
    assert rows() == before


def test_knowledge_insert__too_many_items(group: Group) -> None:
    with pytest.raises(TooManyItems):
        knowledge_insert(group, [LABEL] * 10_001)


def test_knowledge_insert__queries_do_not_grow(group: Group) -> None:
    make_thing(group, external_id="one")
    counts = []
    for count in (10, 1_000):
        items = [{**LABEL, **VECTOR, "links": [{"thing": "one", "role": "label"}], "external_id": f"{count}-{n}"} for n in range(count)]
        with CaptureQueriesContext(connection) as queries:
            assert len(knowledge_insert(group, items).created) == count
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 16
