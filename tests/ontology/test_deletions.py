"""thing_delete and thing_restore: what goes along, what comes back, and what is named that cannot."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ontology.errors import ThingDeletionState
from ontology.models import Connection, Event, Group, Knowledge, Thing, ThingKnowledge
from ontology.services.connections import connections_insert
from ontology.services.deletions import thing_delete, thing_restore
from ontology.services.things import things_insert
from tests.answers import rows
from tests.factories import make_connection, make_event, make_group, make_knowledge, make_link, make_thing

pytestmark = pytest.mark.django_db
HELD = (Thing, Connection, Knowledge, ThingKnowledge)


@pytest.fixture
def group() -> Group:
    return make_group()


@pytest.fixture
def thing(group: Group) -> Thing:
    return make_thing(group, type="note", name="Middle")


def live(group: Group) -> dict[str, set[object]]:
    return {model.__name__: set(model.objects.in_group(group).live().values_list("pk", flat=True)) for model in HELD}


def deleted(group: Group) -> dict[str, set[object]]:
    return {model.__name__: set(model.objects.in_group(group).exclude(deleted_at=None).values_list("pk", flat=True)) for model in HELD}


def test_thing_delete__takes_what_hangs_on_it(group: Group, thing: Thing) -> None:
    other = make_thing(group)
    out, into, own = (make_connection(group, *ends, type="part_of") for ends in ((thing, other), (other, thing), (thing, thing)))
    kept = make_connection(group)
    event = make_event(group, target=thing, actor=thing)
    mine, shared, sourced = make_knowledge(group), make_knowledge(group), make_knowledge(group, source_thing=thing)
    links = [make_link(group, thing=thing, knowledge=mine), make_link(group, thing=thing, knowledge=shared)]
    kept_link = make_link(group, thing=other, knowledge=shared)

    deletion = thing_delete(thing, reason="Tidying")

    assert deleted(group) == {
        "Thing": {thing.pk},
        "Connection": {out.pk, into.pk, own.pk},
        "Knowledge": {mine.pk, sourced.pk},
        "ThingKnowledge": {link.pk for link in links},
    }
    assert kept.pk in live(group)["Connection"]
    assert kept_link.pk in live(group)["ThingKnowledge"]
    assert Event.objects.get(pk=event.pk).target_id == thing.pk
    assert (deletion.connections, deletion.links, deletion.knowledge) == (3, 2, 2)
    told = Event.objects.get(type="thing_deleted", group=group)
    assert told.target_id == thing.pk
    assert told.metadata == {
        "entityType": "note",
        "name": "Middle",
        "reason": "Tidying",
        "connections": 3,
        "links": 2,
        "knowledge": 2,
        "by": {"door": "code"},
    }
    assert set(Connection.objects.exclude(deleted_at=None).values_list("deletion_id", flat=True)) == {told.pk}


def test_thing_delete__knowledge_with_another_source_or_link_stays(group: Group, thing: Thing) -> None:
    elsewhere = make_knowledge(group, source_thing=make_thing(group))
    make_link(group, thing=thing, knowledge=elsewhere)
    linked = make_knowledge(group, source_thing=thing)
    make_link(group, knowledge=linked)

    deletion = thing_delete(thing)

    assert (deletion.links, deletion.knowledge) == (1, 0)
    assert {elsewhere.pk, linked.pk} <= live(group)["Knowledge"]


def test_thing_restore__brings_back_exactly_that(group: Group, thing: Thing) -> None:
    other = make_thing(group)
    make_connection(group, thing, other, type="part_of")
    make_connection(group, other, thing, type="part_of", deleted_at="2024-01-01T00:00:00Z")
    make_link(group, thing=thing)
    make_knowledge(group, source_thing=thing)
    before = live(group)
    thing_delete(thing)

    restoration = thing_restore(thing)

    assert live(group) == before
    assert (restoration.connections, restoration.links, restoration.knowledge, restoration.kept_away) == (1, 1, 2, [])
    assert set(Connection.objects.live().values_list("deletion_id", flat=True)) == {None}
    told = Event.objects.filter(group=group).latest("id")
    assert (told.type, told.metadata["changes"], told.metadata["new"]) == ("thing_updated", ["deletedAt"], {"deletedAt": None})
    assert (told.metadata["connections"], told.metadata["links"], told.metadata["knowledge"]) == (1, 1, 2)


@pytest.mark.parametrize("first", [0, 1])
def test_thing_restore__row_whose_other_end_is_deleted_is_handed_over(group: Group, first: int) -> None:
    things = [make_thing(group, name=name) for name in ("Left", "Right")]
    link = make_connection(group, *things, type="part_of")
    for thing in things:
        thing_delete(thing)

    early = thing_restore(things[first])
    assert link.pk not in live(group)["Connection"]
    late = thing_restore(things[1 - first])

    if first == 0:
        assert early.kept_away == ["part_of between Left and Right: Right is deleted."]
    assert (early.connections, late.connections) == (0, 1)
    assert link.pk in live(group)["Connection"]


def test_thing_restore__handed_to_and_fro(group: Group) -> None:
    left, right = make_thing(group), make_thing(group)
    link = make_connection(group, left, right, type="part_of")
    thing_delete(left)
    thing_delete(right)
    thing_restore(left)
    thing_delete(left)

    thing_restore(right)
    assert link.pk not in live(group)["Connection"]
    thing_restore(left)

    assert link.pk in live(group)["Connection"]


def test_thing_restore__link_of_a_thing_deleted_again_waits_for_it(group: Group) -> None:
    left, right, piece = make_thing(group), make_thing(group), make_knowledge(group)
    links = {side: make_link(group, thing=side, knowledge=piece).pk for side in (left, right)}
    thing_delete(left)
    thing_delete(right)
    thing_restore(left)
    thing_delete(left)

    thing_restore(right)
    assert live(group)["ThingKnowledge"] == {links[right]}
    assert piece.pk in live(group)["Knowledge"]
    thing_restore(left)

    assert live(group)["ThingKnowledge"] == set(links.values())


def test_thing_restore__shared_knowledge_comes_with_its_last_holder(group: Group) -> None:
    left, right, piece = make_thing(group), make_thing(group), make_knowledge(group)
    for side in (left, right):
        make_link(group, thing=side, knowledge=piece)
    before = live(group)
    thing_delete(left)
    thing_delete(right)

    early = thing_restore(left)
    assert (early.links, early.knowledge) == (0, 0)
    late = thing_restore(right)

    assert (late.links, late.knowledge) == (2, 1)
    assert live(group) == before


def test_thing_restore__connection_that_exists_anew_stays_away(group: Group, thing: Thing) -> None:
    other = make_thing(group, type="note")
    old = make_connection(group, thing, other, type="part_of")
    thing_delete(thing)
    anew = Connection.objects.create(group=group, from_thing=thing, to_thing=other, type="part_of")

    restoration = thing_restore(thing)

    assert restoration.kept_away == [f"part_of from {thing.pk} to {other.pk}: it exists anew."]
    assert live(group)["Connection"] == {anew.pk}
    assert old.pk in deleted(group)["Connection"]


def test_thing_restore__connection_that_would_lead_back_stays_away(group: Group) -> None:
    things_insert(group, [{"type": "note", "name": name, "external_id": name} for name in "abc"])
    connections_insert(group, [{"from": "a", "to": "b", "type": "part_of"}, {"from": "b", "to": "c", "type": "part_of"}])
    a, b, c = (Thing.objects.get(group=group, external_id=name) for name in "abc")
    thing_delete(b)
    connections_insert(group, [{"from": "c", "to": "a", "type": "part_of"}])

    restoration = thing_restore(b)

    assert restoration.connections == 1
    assert restoration.kept_away == [f"part_of from {b.pk} to {c.pk}: it would lead back to its start."]
    assert set(Connection.objects.live().values_list("from_thing_id", "to_thing_id")) == {(a.pk, b.pk), (c.pk, a.pk)}


def test_thing_delete__twice(group: Group, thing: Thing) -> None:
    thing_delete(thing)
    before = rows()

    with pytest.raises(ThingDeletionState, match=r"Middle is already deleted\."):
        thing_delete(thing)

    assert rows() == before


def test_thing_restore__of_a_live_thing(group: Group, thing: Thing) -> None:
    before = rows()

    with pytest.raises(ThingDeletionState, match=r"Middle is not deleted\."):
        thing_restore(thing)

    assert rows() == before


def test_thing_delete__twice_over_tells_two_deletions(group: Group, thing: Thing) -> None:
    first = thing_delete(thing)
    thing_restore(thing)
    second = thing_delete(thing)

    assert first.event.pk != second.event.pk
    assert Thing.objects.get(pk=thing.pk).deletion_id == second.event.pk
    assert Thing.objects.get(pk=thing.pk).version == 4


def test_thing_delete__keeps_its_external_id(group: Group) -> None:
    thing_delete(make_thing(group, external_id="one"))

    result = things_insert(group, [{"type": "note", "name": "N", "external_id": "one"}])

    assert [problem.code for problem in result.errors] == ["external_id_deleted"]


def test_deletions__queries_do_not_grow(group: Group) -> None:
    counts = []
    for count in (2, 200):
        hub = make_thing(group, type="note")
        leaves = Thing.objects.bulk_create(Thing(group=group, type="note", name="Leaf") for _ in range(count))
        Connection.objects.bulk_create(Connection(group=group, from_thing=hub, to_thing=leaf, type="part_of") for leaf in leaves)
        with CaptureQueriesContext(connection) as deleting:
            assert thing_delete(hub).connections == count
        with CaptureQueriesContext(connection) as restoring:
            assert thing_restore(hub).connections == count
        counts.append((len(deleting), len(restoring)))

    assert counts[0] == counts[1]
    assert max(counts[0]) <= 18
