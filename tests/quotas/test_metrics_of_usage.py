"""What metrics say of storage and API calls is what is counted: equal to the rows, in the transaction that writes and after it, and only in scope."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from ontology.isolation import acting
from ontology.metrics import group_metrics
from ontology.models import Group, Thing
from quotas.models import CallSlot
from quotas.services.calls import call_count
from quotas.services.recording import usage_record
from tests.factories import make_connection, make_group, make_knowledge, make_person, make_thing
from tests.roles import as_role, scope_of

pytestmark = pytest.mark.django_db(transaction=True)


def asked(name: str, *values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute({"bytes": "SELECT ontology_group_storage_bytes(%s)", "calls": "SELECT ontology_group_api_calls(%s, %s)"}[name], values)
        return int(cursor.fetchone()[0])


def counted(group: Group) -> int:
    """The bytes of the rows and records, counted anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT counted FROM quotas_counted(%s) WHERE metric = 'storage_gb'", [group.pk])
        return int(cursor.fetchone()[0])


def test_storage__is_that_of_the_rows_before_and_after_commit() -> None:
    group = make_group()
    assert asked("bytes", group.pk) == counted(group) == 0
    with transaction.atomic():
        one, other = make_thing(group, properties={"long": "x" * 5_000}), make_thing(group)
        make_connection(group, one, other)
        make_knowledge(group)
        assert asked("bytes", group.pk) == counted(group) > 5_000
    assert asked("bytes", group.pk) == counted(group) > 5_000
    Thing.objects.filter(pk=one.pk).update(deleted_at=timezone.now())
    assert asked("bytes", group.pk) == counted(group) < 5_000
    assert group_metrics(group).storage_used == counted(group)


def test_storage__has_what_was_recorded_beside_rows() -> None:
    group = make_group()
    make_thing(group)
    before = asked("bytes", group.pk)

    usage_record(group, "storage_gb", 1_000_000)

    assert asked("bytes", group.pk) == counted(group) == before + 1_000_000


def test_storage__of_a_rolled_back_write_is_gone() -> None:
    group = make_group()
    with transaction.atomic():
        make_thing(group)
        assert asked("bytes", group.pk) > 0
        transaction.set_rollback(True)
    assert asked("bytes", group.pk) == 0


def test_calls__of_the_month_in_slots_closed_days_and_records() -> None:
    group, person, now = make_group(), make_person(), timezone.now()
    with transaction.atomic(), as_role(), acting(scope_of(group)):
        for _ in range(3):
            call_count(group, person)
    assert asked("calls", group.pk, now) == group_metrics(group).api_calls_this_month == 3
    usage_record(group, "api_calls_per_month", 5)
    assert asked("calls", group.pk, now) == 8
    assert asked("calls", group.pk, now - timedelta(days=32)) == 0


def test_calls__are_those_of_the_month_asked_for() -> None:
    group = make_group()
    for day, used in (("2026-02-28", 7), ("2026-03-01", 2), ("2026-03-31", 4), ("2026-04-01", 9)):
        CallSlot.objects.create(group=group, day=day, slot=1, leased=used, used=used)

    months = [asked("calls", group.pk, datetime(2026, month, 15, tzinfo=UTC)) for month in (1, 2, 3, 4)]

    assert months == [0, 7, 6, 9]
    assert asked("calls", group.pk, datetime(2026, 3, 31, 23, 59, tzinfo=UTC)) == 6


def test_numbers__of_a_group_out_of_scope_are_nothing() -> None:
    group, other = make_group(), make_group()
    make_thing(group)
    make_thing(other)
    CallSlot.objects.create(group=other, day=timezone.now().date(), slot=1, leased=7, used=7)

    with transaction.atomic(), as_role(), acting(scope_of(group)):
        own, foreign = asked("bytes", group.pk), asked("bytes", other.pk)
        calls = asked("calls", other.pk, timezone.now())

    assert own > 0
    assert (foreign, calls) == (0, 0)
