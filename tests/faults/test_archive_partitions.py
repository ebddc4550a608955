"""Row 18 of the bar: the end of a partition waits behind a reader for a fifth of a second and gives up, so that nobody waits behind it for longer;
and no writer finds its month gone between its look and its write.
"""

import threading
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import connections

from archival.services.partitions import empty_partitions_drop
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Event
from ontology.services.record import partitions_ensure
from tests.addresses import address
from tests.factories import make_event, make_group

pytestmark = pytest.mark.django_db(transaction=True)
OLD = datetime(2023, 3, 5, tzinfo=UTC)
PARTITION = "ontology_event_2023_03"
PATIENCE = "SET lock_timeout = '450ms'"
"""The drop's own 200 ms, 50 more, and room for a busy machine: a reader that waited longer would fail."""


def is_there() -> bool:
    with psycopg.connect(address("owner")) as session:
        row = session.execute("SELECT to_regclass(%s) IS NOT NULL", [PARTITION]).fetchone()
    return bool(row and row[0])


def test_drop__behind_a_reader_gives_up_and_holds_nobody_up() -> None:
    partitions_ensure([OLD])
    dropped: list[int] = []

    def drops() -> None:
        try:
            with acting(PLATFORM_SCOPE):
                dropped.append(empty_partitions_drop())
        finally:
            connections.close_all()

    with psycopg.connect(address("owner")) as reader, psycopg.connect(address("owner"), autocommit=True) as later:
        reader.execute("SELECT count(*) FROM ontology_event")  # and the transaction stays open
        later.execute(PATIENCE)
        dropper = threading.Thread(target=drops)
        dropper.start()
        reads = 0
        while dropper.is_alive():
            later.execute("SELECT count(*) FROM ontology_event")  # fails when it waits for longer than a drop may make it
            reads += 1
        dropper.join()

    assert (dropped, is_there()) == ([0], True)
    assert reads > 0
    with acting(PLATFORM_SCOPE):
        assert empty_partitions_drop() >= 1  # other tests leave empty months too
    assert not is_there()


def test_drop__does_not_take_a_month_from_a_writer_who_has_looked() -> None:
    group: Any = make_group()
    partitions_ensure([OLD])
    with psycopg.connect(address("owner")) as writer:
        writer.execute("SELECT ontology_event_partition_make(%s)", [OLD])
        with acting(PLATFORM_SCOPE):
            held = empty_partitions_drop()
        writer.rollback()

    assert (held, is_there()) == (0, True)
    make_event(group, timestamp=OLD)
    with acting(PLATFORM_SCOPE):
        assert empty_partitions_drop() == 0
    assert Event.objects.filter(group=group).count() == 1
