"""The index of a partitioned table: repeatable, reversible, on every partition, also on those to come."""

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db import IntegrityError, connection
from django.db.migrations.state import ProjectState
from django.db.models import F, Index

from ontology.migrations.partitions import AddIndexInPeace, AddPartitionedIndex
from ontology.services.record import partitions_ensure
from tests.factories import make_connection, make_event, make_group, make_person

pytestmark = pytest.mark.django_db(transaction=True)
INDEX = AddPartitionedIndex("event", Index(F("person"), F("external_id"), name="a_test_index"))
PLAIN = AddIndexInPeace("connection", Index(fields=["group", "strength"], name="a_plain_index"))
ON_PARTITIONS = """
SELECT part.relname, leaf.indisvalid FROM pg_inherits AS twig JOIN pg_index AS leaf ON leaf.indexrelid = twig.inhrelid
JOIN pg_class AS part ON part.oid = leaf.indrelid WHERE twig.inhparent = to_regclass(%s) ORDER BY 1"""
PARTITIONS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'ontology_event'::regclass ORDER BY 1"


def asked(question: str, *parameters: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, parameters)
        found: list[tuple[object, ...]] = cursor.fetchall()
    return found


def forwards(operation: AddIndexInPeace) -> None:
    state = ProjectState.from_apps(apps)
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("ontology", editor, state, state)


def backwards(operation: AddIndexInPeace) -> None:
    state = ProjectState.from_apps(apps)
    with connection.schema_editor(atomic=False) as editor:
        operation.database_backwards("ontology", editor, state, state)


def is_valid(name: str) -> bool:
    return asked("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", name) == [(True,)]


def whole() -> bool:
    """Whether the test's index is valid on the parent and on every partition."""
    return is_valid("a_test_index") and asked(ON_PARTITIONS, "a_test_index") == [(name, True) for (name,) in asked(PARTITIONS)]


def left_invalid(sql: str) -> None:
    """What is left of an index whose making fails on the way."""
    with connection.cursor() as cursor, pytest.raises(IntegrityError):
        cursor.execute(sql)


@pytest.fixture(autouse=True)
def two_months() -> None:
    for month in (1, 2):
        make_event(make_group(), person=make_person(), timestamp=datetime(1987, month, 5, tzinfo=UTC))


def test_index__on_every_partition_and_those_to_come() -> None:
    forwards(INDEX)
    try:
        assert whole()
        partitions_ensure([datetime(1987, 7, 1, tzinfo=UTC)])
        assert whole()
    finally:
        backwards(INDEX)
    assert asked(ON_PARTITIONS, "a_test_index") == []
    assert asked("SELECT to_regclass('a_test_index')") == [(None,)]
    assert asked("SELECT relname FROM pg_class WHERE relname LIKE %s", "%a_test_index%") == []


def test_index__goes_on_where_it_was_interrupted() -> None:
    forwards(INDEX)
    backwards(INDEX)
    with connection.cursor() as cursor:  # declared on the parent, whole but not attached on one partition, left invalid on another
        cursor.execute("CREATE INDEX a_test_index ON ONLY ontology_event (person_id, external_id)")
        cursor.execute("CREATE INDEX ontology_event_1987_01_a_test_index ON ontology_event_1987_01 (person_id, external_id)")
    make_event(make_group(), timestamp=datetime(1987, 2, 6, tzinfo=UTC))
    left_invalid("CREATE UNIQUE INDEX CONCURRENTLY ontology_event_1987_02_a_test_index ON ontology_event_1987_02 ((true))")
    assert not is_valid("a_test_index")
    partitions_ensure([datetime(1987, 8, 1, tzinfo=UTC)])

    try:
        forwards(INDEX)
        assert whole()
        forwards(INDEX)
        assert whole()
    finally:
        backwards(INDEX)


def test_plain_index__goes_on_where_it_was_interrupted() -> None:
    make_connection(make_connection(make_group()).group)
    left_invalid("CREATE UNIQUE INDEX CONCURRENTLY a_plain_index ON ontology_connection ((true))")

    forwards(PLAIN)
    valid = is_valid("a_plain_index")
    backwards(PLAIN)

    assert valid
    assert asked("SELECT to_regclass('a_plain_index'), current_setting('lock_timeout')") == [(None, "0")]


def test_event_by_person__is_on_every_partition_and_those_to_come() -> None:
    partitions_ensure([datetime(1987, 9, 1, tzinfo=UTC)])

    assert is_valid("event_by_person")
    assert asked(ON_PARTITIONS, "event_by_person") == [(name, True) for (name,) in asked(PARTITIONS)]
    assert ("ontology_event_1987_09",) in asked(PARTITIONS)
