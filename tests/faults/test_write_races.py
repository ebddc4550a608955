"""Writers that meet: cycles closed from both ends, one external id twice, a deletion beside a connection, a month made twice."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from ontology.models import Connection, EmbeddingModel, Event, Group, Thing
from ontology.services.connections import connections_insert
from ontology.services.deletions import thing_delete, thing_restore
from ontology.services.events import events_insert
from ontology.services.knowledge import knowledge_insert
from ontology.services.results import BulkResult
from ontology.services.thing_changes import things_update
from ontology.services.things import things_insert
from tests.answers import counted, told
from tests.factories import make_group, make_thing

pytestmark = pytest.mark.django_db(transaction=True)
WAIT_SECONDS = 20
SOLD = {"type": "content_event", "timestamp": "1991-03-05T12:00:00Z"}


@pytest.fixture
def group(transactional_db: None) -> Group:
    group = make_group()
    for name in "abcd":
        make_thing(group, type="note", external_id=name)
    return group


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def apart[T](act: Callable[[], T]) -> Callable[[], T]:
    """ACT on a connection of its own thread, closed afterwards."""

    def acted() -> T:
        try:
            return act()
        finally:
            connection.close()

    return acted


def someone_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction keeps what it once read of other sessions
        cursor.execute("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')")
        (found,) = cursor.fetchone() or (False,)
    return bool(found)


def beside[T, U](threads: ThreadPoolExecutor, first: Callable[[], T], second: Callable[[], U], *, waits: bool = True) -> tuple[T, U]:
    """FIRST, then SECOND in another thread before FIRST is committed; WAITS says that the second must wait for that."""
    with transaction.atomic():
        one = first()
        other: Future[U] = threads.submit(apart(second))
        deadline = time.monotonic() + WAIT_SECONDS
        while not (someone_waits() if waits else other.done()):
            assert time.monotonic() < deadline, "the second call neither waits nor ends"
            time.sleep(0.01)
        assert other.done() is not waits
    return one, other.result(WAIT_SECONDS)


def part(start: str, end: str) -> list[dict[str, Any]]:
    return [{"from": start, "to": end, "type": "part_of"}]


def test_connections_insert__cycle_closed_from_both_ends(group: Group, threads: ThreadPoolExecutor) -> None:
    first, second = beside(threads, lambda: connections_insert(group, part("a", "b")), lambda: connections_insert(group, part("b", "a")))

    assert (counted(first), told(second)) == ((1, 0, 0, 0), [(0, "to", "cycle")])
    assert Connection.objects.in_group(group).count() == 1


def test_connections_insert__many_threads_never_make_a_cycle(group: Group, threads: ThreadPoolExecutor) -> None:
    pairs = [(start, end) for start in "abcd" for end in "abcd" if start != end] * 3

    calls = [threads.submit(apart(lambda pair=pair: connections_insert(group, part(*pair)))) for pair in pairs]
    results: list[BulkResult] = [call.result(WAIT_SECONDS) for call in calls]

    links = set(Connection.objects.in_group(group).values_list("from_thing__external_id", "to_thing__external_id"))
    assert sum(len(result.created) for result in results) == len(links) == 6
    assert not {(end, start) for start, end in links} & links
    assert sorted(sum(1 for start, _ in links if start == name) for name in "abcd") == [0, 1, 2, 3]


def test_connections_insert__same_connection_twice(group: Group, threads: ThreadPoolExecutor) -> None:
    link = [{"from": "a", "to": "b", "type": "transacted"}]

    first, second = beside(threads, lambda: connections_insert(group, link), lambda: connections_insert(group, link))

    assert (counted(first), told(second)) == ((1, 0, 0, 0), [(0, "type", "connection_exists")])


@pytest.mark.parametrize(("on_conflict", "answer"), [("error", (0, 0, 0, 1)), ("skip", (0, 0, 1, 0)), ("update", (0, 1, 0, 0))])
def test_things_insert__same_external_id_at_once(group: Group, threads: ThreadPoolExecutor, on_conflict: str, answer: tuple[int, ...]) -> None:
    def item(name: str) -> list[dict[str, Any]]:
        return [{"type": "note", "name": name, "external_id": "new"}]

    first, second = beside(
        threads, lambda: things_insert(group, item("First")), lambda: things_insert(group, item("Second"), on_conflict=on_conflict)
    )

    assert (counted(first), counted(second)) == ((1, 0, 0, 0), answer)
    assert Thing.objects.get(group=group, external_id="new").name == ("Second" if on_conflict == "update" else "First")


def test_things_update__second_sees_what_the_first_made(group: Group, threads: ThreadPoolExecutor) -> None:
    def change(key: str) -> BulkResult:
        return things_update(group, [{"external_id": "a", "properties": {key: 1}, "merge": True}])

    beside(threads, lambda: change("one"), lambda: change("two"))

    assert Thing.objects.get(group=group, external_id="a").properties == {"one": 1, "two": 1}


def test_things_update__if_version_under_a_race(group: Group, threads: ThreadPoolExecutor) -> None:
    def change(name: str) -> BulkResult:
        return things_update(group, [{"external_id": "a", "name": name, "if_version": 1}])

    first, second = beside(threads, lambda: change("First"), lambda: change("Second"))

    assert (counted(first), told(second)) == ((0, 1, 0, 0), [(0, "if_version", "changed_meanwhile")])


def test_things_update__many_counters_lose_nothing(group: Group, threads: ThreadPoolExecutor) -> None:
    calls = [
        threads.submit(apart(lambda n=n: things_update(group, [{"external_id": name, "properties": {f"k{n}": 1}, "merge": True} for name in "dcba"])))
        for n in range(20)
    ]
    for call in calls:
        assert len(call.result(WAIT_SECONDS).updated) == 4

    for thing in Thing.objects.in_group(group):
        assert (thing.properties, thing.version) == ({f"k{n}": 1 for n in range(20)}, 21)


def test_connections_insert__to_what_is_being_deleted(group: Group, threads: ThreadPoolExecutor) -> None:
    thing = Thing.objects.get(group=group, external_id="b")

    _, result = beside(threads, lambda: thing_delete(thing), lambda: connections_insert(group, part("a", "b")))

    assert told(result) == [(0, "to", "deleted")]
    assert not Connection.objects.in_group(group).exists()


def test_thing_delete__of_what_is_being_connected(group: Group, threads: ThreadPoolExecutor) -> None:
    thing = Thing.objects.get(group=group, external_id="b")

    _, deletion = beside(threads, lambda: connections_insert(group, part("a", "b")), lambda: thing_delete(thing))

    assert deletion.connections == 1
    assert not Connection.objects.in_group(group).live().exists()


def test_thing_restore__beside_a_link_that_closes_the_cycle(group: Group, threads: ThreadPoolExecutor) -> None:
    connections_insert(group, part("a", "b"))
    thing = Thing.objects.get(group=group, external_id="b")
    thing_delete(thing)

    restoration, result = beside(threads, lambda: thing_restore(thing), lambda: connections_insert(group, part("b", "a")))

    assert (restoration.connections, told(result)) == (1, [(0, "to", "cycle")])


def test_events_insert__same_external_id_at_once(group: Group, threads: ThreadPoolExecutor) -> None:
    events_insert(group, [SOLD])
    item = [{**SOLD, "external_id": "e1"}]

    first, second = beside(threads, lambda: events_insert(group, item), lambda: events_insert(group, item))

    assert (counted(first), told(second)) == ((1, 0, 0, 0), [(0, "external_id", "external_id_taken")])


def test_events_insert__month_made_by_two_at_once(group: Group, threads: ThreadPoolExecutor) -> None:
    item = [{**SOLD, "timestamp": "1992-03-05T12:00:00Z"}]

    first, second = beside(threads, lambda: events_insert(group, item), lambda: events_insert(group, item))

    assert (counted(first), counted(second)) == ((1, 0, 0, 0), (1, 0, 0, 0))
    assert Event.objects.in_group(group).count() == 2


def test_knowledge_insert__dimension_settled_meanwhile(group: Group, threads: ThreadPoolExecutor) -> None:
    def vector(*numbers: float) -> list[dict[str, Any]]:
        return [{"type": "vector_only", "embedding": list(numbers), "embedding_model": "small"}]

    first, second = beside(threads, lambda: knowledge_insert(group, vector(1, 2, 3)), lambda: knowledge_insert(group, vector(1)))

    assert (counted(first), told(second)) == ((1, 0, 0, 0), [(0, "embedding", "wrong_dimension")])
    assert EmbeddingModel.objects.get().dim == 3


@pytest.mark.parametrize("chain", [2, 3])
def test_groups__tree_closed_by_transactions_at_once(threads: ThreadPoolExecutor, transactional_db: None, chain: int) -> None:
    groups = [make_group() for _ in range(chain)]

    def put(child: Group, parent: Group) -> str:
        try:
            Group.objects.filter(pk=child.pk).update(parent=parent)
        except (IntegrityError, OperationalError) as refused:
            return type(refused).__name__
        return "stored"

    for _ in range(5):
        Group.objects.filter(pk__in=[group.pk for group in groups]).update(parent=None)
        calls = [threads.submit(apart(lambda n=n: put(groups[n], groups[(n + 1) % chain]))) for n in range(chain)]
        assert sum(call.result(WAIT_SECONDS) == "stored" for call in calls) < chain
        parents = dict(Group.objects.values_list("pk", "parent_id"))
        for group in groups:
            node, steps = group.pk, 0
            while parents[node] is not None and steps <= chain:
                node, steps = parents[node], steps + 1
            assert steps < chain
