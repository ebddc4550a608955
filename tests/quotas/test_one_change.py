"""Transactions of one change are counted by a shorter way, beside others that change limits, fold, or look at the rows as they once were."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection
from django.utils import timezone
from psycopg.errors import CheckViolation, LockNotAvailable, SerializationFailure

from ontology.models import Group, Thing
from quotas.models import Delta, Override, Plan, PlanLimit, Usage
from quotas.services.recording import deltas_fold
from quotas.services.recount import usage_drift
from tests.addresses import address
from tests.factories import make_group, make_run, make_thing

pytestmark = pytest.mark.django_db(transaction=True)
INSERT = "INSERT INTO ontology_thing (id, group_id, type, name, properties, status) VALUES (uuidv7(), %s, 'note', 'N', '{}', 'active')"
THINGS, BYTES = "entities_total", "storage_gb"


@pytest.fixture
def session() -> Iterator[psycopg.Connection[Any]]:
    """A session beside the test's own, with a transaction of its own."""
    with psycopg.connect(address("owner")) as session:
        session.execute("SET lock_timeout = '20s'")
        session.commit()
        yield session
        session.rollback()


@pytest.fixture
def group() -> Group:
    return make_group(plan="enterprise")


def limited(group: Group, value: int | None, metric: str = THINGS, **when: Any) -> None:
    Override.objects.filter(group=group, metric=metric).delete()
    Override.objects.create(group=group, metric=metric, value=value, reason="A test", **{"starts_at": timezone.now(), **when})


def deltas(group: Group) -> dict[str, tuple[int, int]]:
    """Value and held of each metric of GROUP that waits to be folded; a metric waits once."""
    rows = list(Delta.objects.filter(group=group).values_list("metric", "value", "held"))
    assert len({metric for metric, _, _ in rows}) == len(rows)
    return {metric: (value, held) for metric, value, held in rows}


def recorded(group: Group, metric: str = THINGS) -> int:
    return Usage.objects.get(group=group, metric=metric, subject="", period="total").value


def bytes_of(group: Group) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(quotas_thing_bytes(name, properties)) FROM ontology_thing WHERE group_id = %s", [group.pk])
        return int(cursor.fetchone()[0])


def test_commit__without_a_limit_leaves_deltas_and_nothing_pending(group: Group) -> None:
    thing = make_thing(group)
    size = bytes_of(group)
    assert deltas(group) == {THINGS: (1, 0), BYTES: (size, 0)}

    thing.properties = {"longer": "x" * 100}
    thing.save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM quotas_pending")
        assert cursor.fetchone() == (0,)
    deltas_fold()

    assert (recorded(group), recorded(group, BYTES), deltas(group)) == (1, bytes_of(group), {})
    assert bytes_of(group) > size
    assert usage_drift(group) == []


def test_commit__of_a_reservation_alone_is_held(group: Group) -> None:
    make_run(group=group, state="running", reserved={THINGS: 7})

    assert deltas(group) == {THINGS: (0, 7)}


@pytest.mark.parametrize("changes", [1, 2])
def test_commit__is_refused_where_the_limit_was_lowered_since_the_statement(group: Group, session: psycopg.Connection[Any], changes: int) -> None:
    for _ in range(changes):
        session.execute(INSERT, [group.pk])
    limited(group, changes - 1)  # and nobody waits

    with pytest.raises(CheckViolation, match="more would exceed the limit"):
        session.commit()

    assert (Thing.objects.in_group(group).count(), recorded(group), deltas(group)) == (0, 0, {})


def test_commit__succeeds_where_the_limit_was_raised_since_the_statement(group: Group, session: psycopg.Connection[Any]) -> None:
    limited(group, 0)
    session.execute(INSERT, [group.pk])
    limited(group, None)

    session.commit()

    assert deltas(group)[THINGS] == (1, 0)
    assert usage_drift(group) == []


def test_lowering__waits_for_what_is_settled_and_counts_it(group: Group, session: psycopg.Connection[Any]) -> None:
    session.execute(INSERT, [group.pk])
    session.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with psycopg.connect(address("owner")) as plans:
        plans.execute("SET LOCAL lock_timeout = '100ms'")
        with pytest.raises(LockNotAvailable):
            plans.execute("UPDATE quotas_subscription SET plan_id = 'starter' WHERE group_id = %s", [group.pk])
    session.commit()

    limited(group, 1)

    assert (recorded(group), deltas(group)) == (1, {})
    with pytest.raises(IntegrityError, match="uses 1 of 1 things"):
        make_thing(group)
    assert usage_drift(group) == []


def test_fold__beside_a_transaction_takes_only_what_is_committed(group: Group, session: psycopg.Connection[Any]) -> None:
    make_thing(group)
    session.execute(INSERT, [group.pk])
    session.execute("SET CONSTRAINTS ALL IMMEDIATE")

    deltas_fold()
    assert recorded(group) == 1
    session.commit()
    assert deltas(group)[THINGS] == (1, 0)
    deltas_fold()

    assert (recorded(group), deltas(group), usage_drift(group)) == (2, {}, [])


@pytest.mark.parametrize(("metric", "other"), [(THINGS, BYTES), (BYTES, THINGS)])
def test_commit__where_one_of_two_metrics_is_limited(group: Group, metric: str, other: str) -> None:
    make_thing(group)
    limited(group, 2 * bytes_of(group) if metric == BYTES else 2, metric)
    make_thing(group)

    with pytest.raises(IntegrityError, match="more would exceed the limit"):
        make_thing(group)

    assert set(deltas(group)) == {other}
    assert Thing.objects.in_group(group).count() == 2
    assert usage_drift(group) == []


def test_commit__knows_an_override_that_began_by_itself(group: Group) -> None:
    limited(group, 1, starts_at=timezone.now() + timedelta(seconds=1.5))
    make_thing(group)
    assert deltas(group)[THINGS] == (1, 0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE quotas_override SET starts_at = clock_timestamp() - interval '1 second' WHERE group_id = %s", [group.pk])
        cursor.execute("UPDATE quotas_usage SET \"limit\" = NULL, limit_until = clock_timestamp() - interval '1 second' WHERE metric = %s", [THINGS])

    with pytest.raises(IntegrityError, match="uses 1 of 1 things"):
        make_thing(group)

    assert usage_drift(group) == []


@pytest.mark.parametrize("changes", [1, 2])
@pytest.mark.parametrize("isolation", ["REPEATABLE READ", "SERIALIZABLE"])
def test_commit__of_a_session_that_sees_an_older_limit_fails(group: Group, session: psycopg.Connection[Any], isolation: str, changes: int) -> None:
    session.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
    session.execute("SELECT count(*) FROM ontology_thing")
    limited(group, changes - 1)
    for _ in range(changes):
        session.execute(INSERT, [group.pk])

    with pytest.raises(SerializationFailure):
        session.commit()

    assert Thing.objects.in_group(group).count() == 0
    assert usage_drift(group) == []


@pytest.mark.parametrize("isolation", ["REPEATABLE READ", "SERIALIZABLE"])
def test_commit__of_a_session_with_an_older_view_is_not_disturbed_by_a_fold(group: Group, session: psycopg.Connection[Any], isolation: str) -> None:
    make_thing(group)
    session.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
    session.execute("SELECT count(*) FROM ontology_thing")
    deltas_fold()
    session.execute(INSERT, [group.pk])

    session.commit()

    assert deltas(group)[THINGS] == (1, 0)
    assert usage_drift(group) == []


@pytest.mark.parametrize("by", ["override", "plan"])
def test_first_limit_of_a_type__waits_for_a_writer_and_counts_what_it_wrote(group: Group, session: psycopg.Connection[Any], by: str) -> None:
    make_group(plan="enterprise")  # another on the plan, whose lock comes first or last
    session.execute(INSERT, [group.pk])
    told: list[DatabaseError] = []

    def limit() -> None:
        try:
            if by == "override":
                limited(group, 1, per="type", type_name="note")
            else:
                PlanLimit.objects.create(plan_id="enterprise", metric=THINGS, per="type", type_name="note", value=1)
        except DatabaseError as failed:
            told.append(failed)
        finally:
            connection.close()

    thread = threading.Thread(target=limit)
    thread.start()
    wait_for_lock("ontology_thing")
    session.commit()
    thread.join()

    assert told == []
    assert Usage.objects.get(group=group, subject="type:note").value == 1
    with pytest.raises(IntegrityError, match="of type note"):
        make_thing(group, type="note")
    assert usage_drift(group) == []


def wait_for_lock(table: str) -> None:
    """Until a session waits for a lock on TABLE."""
    until = time.monotonic() + 20
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE relation = %s::regclass AND NOT granted", [table])
            if cursor.fetchone() != (0,):
                return
            time.sleep(0.02)
    raise AssertionError(f"nobody waits for {table}")


def test_limit_of_a_type__holds_in_a_group_made_after_it() -> None:
    PlanLimit.objects.create(plan_id=Plan.objects.get(is_default=True).pk, metric=THINGS, per="type", type_name="note", value=1)
    group = make_group()
    make_thing(group, type="note")

    with pytest.raises(IntegrityError, match="of type note"):
        make_thing(group, type="note")
