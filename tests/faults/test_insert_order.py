"""Calls with the same rows in opposite orders, at the same moment: they wait for each other in a line, and none is ended as a deadlock."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from django.db import connection

from ontology.models import Connection, Event, Group, Thing
from ontology.services.connections import connections_insert
from ontology.services.events import events_insert
from ontology.services.results import BulkResult
from ontology.services.things import things_insert
from tests.factories import make_group

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS, ROWS = 6, 1_500
type Insert = Callable[..., BulkResult]


def both_ways(insert: Insert, group: Group, items: Sequence[Mapping[str, Any]]) -> list[BulkResult]:
    """The answers of two threads that write ITEMS at once, one from the first, one from the last."""
    start, answers, failures = threading.Barrier(2), list[BulkResult](), list[Exception]()

    def write(mine: Sequence[Mapping[str, Any]]) -> None:
        try:
            start.wait(timeout=20)
            answers.append(insert(group, mine, on_conflict="skip"))
        except Exception as failure:  # noqa: BLE001 -- told by the assertion in the main thread
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(mine,)) for mine in (items, items[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    return answers


def test_things_insert__same_things_in_opposite_orders() -> None:
    group = make_group()
    for turn in range(ROUNDS):
        items = [{"type": "note", "name": f"Note {n}", "external_id": f"{turn}-{n:05}"} for n in range(ROWS)]

        answers = both_ways(things_insert, group, items)

        assert sorted(answer.summary.success for answer in answers) == [ROWS, ROWS]
        assert sum(len(answer.created) for answer in answers) == ROWS
    assert Thing.objects.in_group(group).count() == ROUNDS * ROWS


def test_connections_insert__same_links_in_opposite_orders() -> None:
    group = make_group()
    things_insert(group, [{"type": "note", "name": f"Note {n}", "external_id": f"{n:05}"} for n in range(ROWS + ROUNDS)])
    for turn in range(ROUNDS):
        items = [{"from": f"{n:05}", "to": f"{n + turn:05}", "type": "communicated"} for n in range(ROWS)]

        answers = both_ways(connections_insert, group, items)

        assert sum(len(answer.created) for answer in answers) == ROWS
    assert Connection.objects.in_group(group).count() == ROUNDS * ROWS


def test_events_insert__same_events_in_opposite_orders() -> None:
    group = make_group()
    for turn in range(ROUNDS):
        items = [{"type": "content_event", "external_id": f"{turn}-{n:05}", "timestamp": 1_770_000_000 + n} for n in range(ROWS)]

        answers = both_ways(events_insert, group, items)

        assert sum(len(answer.created) for answer in answers) == ROWS
    assert Event.objects.in_group(group).filter(type="content_event").count() == ROUNDS * ROWS
