"""Partitions made ahead: by the command, by the clock's task, and its schedule."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from ontology.services.record import partitions_ahead, partitions_ensure
from ontology.tasks import make_partitions

pytestmark = pytest.mark.django_db


def partitions() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'ontology_event'::regclass")
        return {name for (name,) in cursor.fetchall()}


def test_migration__makes_four_months() -> None:
    now = timezone.now()
    assert f"ontology_event_{now:%Y_%m}" in partitions()
    assert len(partitions()) >= 4


def test_partitions_ahead__crosses_the_year() -> None:
    made = partitions_ahead(datetime(2031, 11, 30, 23, 59, tzinfo=UTC), 3)

    assert made == 4
    assert {f"ontology_event_{month}" for month in ("2031_11", "2031_12", "2032_01", "2032_02")} <= partitions()


def test_partitions_ensure__twice_makes_none() -> None:
    moment = datetime(2033, 1, 31, 23, 59, 59, tzinfo=UTC)

    assert partitions_ensure([moment, moment]) == 1
    assert partitions_ensure([moment]) == 0


def test_partitions_ensure__month_is_utc_whatever_the_session() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'Pacific/Auckland'")
    partitions_ensure([datetime(2034, 12, 31, 23, 30, tzinfo=UTC)])

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        cursor.execute("SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'ontology_event_2034_12'")
        assert cursor.fetchone() == ("FOR VALUES FROM ('2034-12-01 00:00:00+00') TO ('2035-01-01 00:00:00+00')",)


def test_make_partitions__command_says_how_many() -> None:
    out = StringIO()
    call_command("make_partitions", months=5, stdout=out)
    assert out.getvalue().endswith("made.\n")

    again = StringIO()
    call_command("make_partitions", months=5, stdout=again)
    assert again.getvalue() == "0 partitions made.\n"


def test_make_partitions__task_is_scheduled_by_its_name() -> None:
    assert make_partitions.name == PeriodicTask.objects.get(task="ontology.make_partitions").task
    assert make_partitions() == 0
