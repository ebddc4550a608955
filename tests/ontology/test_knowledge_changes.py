"""knowledge_update, knowledge_delete, knowledge_restore, knowledge_link, knowledge_unlink."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ontology.errors import ChangedMeanwhile, DeletionState, ItemRefused
from ontology.models import Event, Group, Knowledge, Thing, ThingKnowledge
from ontology.services.deletions import thing_delete, thing_restore
from ontology.services.knowledge_changes import knowledge_delete, knowledge_restore, knowledge_update
from ontology.services.knowledge_links import knowledge_link, knowledge_unlink
from ontology.services.single import knowledge_create
from tests.answers import faults, rows
from tests.factories import make_group, make_knowledge, make_link, make_thing
from tests.faults.test_write_races import beside
from tests.ontology.test_connection_changes import last_event, tried

pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> Group:
    return make_group()


@pytest.fixture
def thing(group: Group) -> Thing:
    return make_thing(group, external_id="the-thing")


@pytest.fixture
def piece(group: Group) -> Knowledge:
    vector = {"embedding": [1.0, 0.1], "embedding_model": "small"}
    return knowledge_create(group, {"type": "chunk", "text": "old", "labels": ["a"], "chunk": {"index": 1}, **vector})


def refused(act: Callable[[], object]) -> list[tuple[str, str]]:
    before = rows()
    with pytest.raises(ItemRefused) as refusal:
        act()
    assert rows() == before
    return faults(refusal.value)


def test_knowledge_update__changes_and_tells(group: Group, thing: Thing, piece: Knowledge) -> None:
    changed = knowledge_update(piece, {"text": "new", "labels": ["a", "b"], "source": "the-thing", "source_field": "name", "chunk": {"index": 1}})

    fresh = Knowledge.objects.get(pk=piece.pk)
    assert (fresh.text, fresh.labels, fresh.source_thing_id, fresh.source_field) == ("new", ["a", "b"], thing.pk, "name")
    assert (changed.text, changed.source_thing, changed.updated_at) == ("new", thing, fresh.updated_at)
    event = last_event(group)
    assert (event.type, event.target_id) == ("entity_updated", thing.pk)
    assert event.metadata == {
        "entityType": "knowledge",
        "knowledgeId": str(piece.pk),
        "knowledgeType": "chunk",
        "changes": ["text", "labels", "sourceField", "source"],
        "old": {"text": "old", "labels": ["a"], "sourceField": "", "source": None},
        "new": {"text": "new", "labels": ["a", "b"], "sourceField": "name", "source": str(thing.pk)},
        "by": {"door": "code"},
    }


def test_knowledge_update__vector(group: Group, piece: Knowledge) -> None:
    before = rows()
    knowledge_update(piece, {"embedding": [1, 0.1]})
    assert rows() == before

    changed = knowledge_update(piece, {"embedding": [0.5, 0.5]})

    told = last_event(group).metadata
    assert [float(number) for number in changed.embedding] == [0.5, 0.5]
    assert (told["changes"], told["new"]["embedding"]["model"], told["new"]["embedding"]["dim"]) == (["embedding"], "small", 2)
    assert told["old"]["embedding"]["sha256"] != told["new"]["embedding"]["sha256"]
    gone = knowledge_update(piece, {"embedding": None, "embedding_model": None})
    assert (gone.embedding, gone.embedding_model, gone.embedding_dim) == (None, None, None)
    assert last_event(group).metadata["new"] == {"embedding": None}


def test_knowledge_update__names_every_problem(piece: Knowledge, thing: Thing) -> None:
    changes: dict[str, Any] = {"type": "label", "text": "", "labels": "a", "metadata": None, "source": "nobody", "embedding": [1.0]}

    assert sorted(refused(lambda: knowledge_update(piece, changes))) == [
        ("labels", "not_a_list"),
        ("metadata", "not_object"),
        ("source", "not_found"),
        ("text", "blank"),
        ("type", "unknown_field"),
    ]
    assert refused(lambda: knowledge_update(piece, {"embedding": [1.0]})) == [("embedding", "wrong_dimension")]
    assert refused(lambda: knowledge_update(piece, {"embedding": None})) == [("embedding_model", "missing")]


def test_knowledge_update__its_deleted_source_is_no_hindrance(piece: Knowledge, thing: Thing, group: Group) -> None:
    knowledge_update(piece, {"source": str(thing.pk)})
    make_link(group, knowledge=piece)
    thing_delete(thing)

    assert knowledge_update(piece, {"text": "newer"}).text == "newer"
    assert refused(lambda: knowledge_update(piece, {"source": str(thing.pk)})) == [("source", "deleted")]
    assert knowledge_update(piece, {"source": None}).source_thing_id is None


def test_knowledge_update__stale(piece: Knowledge) -> None:
    seen = Knowledge.objects.get(pk=piece.pk).updated_at
    knowledge_update(piece, {"text": "first"}, if_unmodified=seen)

    with pytest.raises(ChangedMeanwhile):
        knowledge_update(piece, {"text": "second"}, if_unmodified=seen)


def test_knowledge_delete__and_restore_with_its_links(group: Group, thing: Thing, piece: Knowledge) -> None:
    knowledge_link(piece, "the-thing", "label")
    knowledge_link(piece, thing.pk, "summary")
    knowledge_unlink(piece, "the-thing", "summary")
    before = set(ThingKnowledge.objects.live())

    gone = knowledge_delete(piece, reason="Wrong")
    event = last_event(group)
    assert (event.type, event.metadata["links"], event.metadata["reason"]) == ("entity_deleted", 1, "Wrong")
    assert gone.deletion_id == event.pk
    assert not ThingKnowledge.objects.live().exists()
    with pytest.raises(DeletionState):
        knowledge_update(piece, {"text": "x"})
    with pytest.raises(DeletionState):
        knowledge_delete(piece)
    back = knowledge_restore(piece)

    assert (back.deleted_at, back.deletion_id) == (None, None)
    assert set(ThingKnowledge.objects.live()) == before
    assert last_event(group).metadata["links"] == 1
    with pytest.raises(DeletionState):
        knowledge_restore(piece)


def test_knowledge_restore__link_of_a_thing_deleted_by_now_comes_with_it(thing: Thing, piece: Knowledge) -> None:
    link = knowledge_link(piece, "the-thing", "label")
    knowledge_delete(piece)
    thing_delete(thing)

    knowledge_restore(piece)
    assert not ThingKnowledge.objects.live().exists()
    thing_restore(thing)

    assert set(ThingKnowledge.objects.live()) == {link}


def test_knowledge_restore__its_source_is_deleted(group: Group, thing: Thing) -> None:
    piece = make_knowledge(group, source_thing=thing)
    thing_delete(thing)

    assert refused(lambda: knowledge_restore(piece)) == [("source", "deleted")]


def test_knowledge_link__tells_and_refuses(group: Group, thing: Thing, piece: Knowledge) -> None:
    knowledge_link(piece, "the-thing", "label")

    event = last_event(group)
    assert (event.type, event.target_id, event.metadata["new"]) == ("entity_updated", thing.pk, {"links": ["label"]})
    assert refused(lambda: knowledge_link(piece, "the-thing", "label")) == [("role", "link_exists")]
    assert refused(lambda: knowledge_link(piece, "nobody", "boss")) == [("thing", "not_found"), ("role", "unknown_role")]
    assert refused(lambda: knowledge_link(piece, "", "label")) == [("thing", "missing")]
    assert refused(lambda: knowledge_link(piece, make_thing_elsewhere(), "label")) == [("thing", "not_found")]
    assert refused(lambda: knowledge_unlink(piece, "the-thing", "summary")) == [("role", "not_linked")]


def make_thing_elsewhere() -> str:
    found = Thing.objects.filter(external_id="elsewhere").first() or make_thing(make_group(), external_id="elsewhere")
    return str(found.pk)


@pytest.fixture(autouse=True)
def elsewhere() -> None:
    make_thing_elsewhere()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.mark.django_db(transaction=True)
def test_knowledge_update__of_two_at_once_one_wins(threads: ThreadPoolExecutor) -> None:
    piece = make_knowledge(make_group())
    seen = Knowledge.objects.get(pk=piece.pk).updated_at

    def change(text: str) -> Any:
        return tried(lambda: knowledge_update(piece, {"text": text}, if_unmodified=seen).text)

    assert beside(threads, lambda: change("one"), lambda: change("two")) == ("one", "changed_meanwhile")
    assert Event.objects.filter(type="entity_updated").count() == 1


@pytest.mark.django_db(transaction=True)
def test_knowledge_link__beside_a_deletion_of_its_thing(threads: ThreadPoolExecutor) -> None:
    thing = make_thing(make_group())
    piece = make_knowledge(thing.group)  # type: ignore[arg-type]

    _, linked = beside(threads, lambda: thing_delete(thing), lambda: tried(lambda: knowledge_link(piece, thing.pk, "label")))

    assert linked == "item_refused"
    assert not ThingKnowledge.objects.exists()
