"""A batch on its way, step by step."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from archival.cold import Question, find_archived
from archival.models import ArchiveBatch
from archival.services.batches import Busy, batch_archive, batch_claim
from archival.services.carrying import batches_to_carry_again
from archival.services.restoring import batch_go_cold, batch_restore
from ontology.ids import uuid7
from ontology.models import CarriedEvents, CarriedMetric, Event, EventsAccepted
from tests.archival.world import ME, archived, assert_whole, claimed, hot_rows, objects_in, odd_events, old_events, run_archive
from tests.factories import make_custom_metric, make_event, make_group

pytestmark = pytest.mark.django_db


def test_batch__moves_old_events_and_leaves_young_ones(archive: Path) -> None:
    group = make_group()
    old_events(group, 5)
    young = make_event(group, timestamp=timezone.now() - timedelta(days=1))

    batch = batch_archive(claimed(group))

    assert (batch.state, batch.rows, batch.month.isoformat()) == ("archived", 5, "2024-05-01")
    assert list(Event.objects.values_list("id", flat=True)) == [young.pk]
    assert (archive / batch.key).stat().st_size == batch.bytes
    assert sum(CarriedEvents.objects.values_list("count", flat=True)) == 5
    assert sum(EventsAccepted.objects.filter(group=group).values_list("count", flat=True)) == 6


def test_batch__is_of_one_group_and_one_month() -> None:
    group, other = make_group(), make_group()
    old_events(group, 4, step=20 * 86400.0)
    old_events(other, 1)

    batches = archived(group)

    assert [(batch.month.isoformat(), batch.rows) for batch in batches] == [("2024-05-01", 1), ("2024-06-01", 1), ("2024-07-01", 2)]
    assert Event.objects.filter(group=other).count() == 1


def test_batch__holds_at_most_its_size() -> None:
    group = make_group()
    old_events(group, 25)

    assert [batch.rows for batch in archived(group, size=10)] == [10, 10, 5]
    assert_whole(group, 25)


def test_batch__too_big_for_memory_is_halved(settings: object) -> None:
    settings.ARCHIVE_BATCH_BYTES_MAX = 2_000  # type: ignore[attr-defined]
    group = make_group()
    old_events(group, 25)

    sizes = [batch.rows for batch in archived(group)]

    assert (sum(sizes), max(sizes) < 10) == (25, True)
    assert_whole(group, 25)


def test_claim__one_worker_a_month() -> None:
    group = make_group()
    old_events(group, 4, step=20 * 86400.0)
    first = claimed(group)

    cutoff = timezone.now() - timedelta(days=365)
    second = batch_claim(group, cutoff, size=10, worker=ME)
    third = batch_claim(group, cutoff, size=10, worker=ME, busy=[first.month])

    assert second == Busy(first.month)
    assert isinstance(third, ArchiveBatch)
    assert third.month.isoformat() == "2024-06-01"


def test_odd_events__come_back_as_they_were() -> None:
    group = make_group()
    odd_events(group)
    before = hot_rows(group)
    (batch,) = archived(group)

    cold = find_archived(Question(group, descending=False))
    batch_restore(batch)

    assert [(event.id, event.external_id, event.timestamp, event.created_at) for event in cold] == [
        (row[0], row[8], row[6], row[9]) for row in before
    ]
    assert hot_rows(group) == before


def test_restore__brings_back_the_very_same_events_and_they_go_cold_again(archive: Path) -> None:
    group = make_group()
    old_events(group, 5)
    before = hot_rows(group)
    (batch,) = archived(group)
    objects = objects_in(archive)

    restored = batch_restore(batch, days=3)
    after, carried = hot_rows(group), CarriedEvents.objects.count()
    again = batch_go_cold(restored)

    assert (restored.state, carried, after) == ("restored", 0, before)
    assert (again.state, sum(CarriedEvents.objects.values_list("count", flat=True))) == ("archived", 5)
    assert objects_in(archive) == objects
    assert_whole(group, 5)


def test_restored_events__are_not_archived_a_second_time() -> None:
    group = make_group()
    old_events(group, 5)
    (batch,) = archived(group)
    batch_restore(batch)
    late = make_event(group, timestamp=batch.min_timestamp)

    (second,) = archived(group)

    assert (second.rows, second.min_id) == (1, late.pk)
    assert_whole(group, 6)


def test_late_event__is_moved_by_the_next_run_in_a_batch_of_its_own() -> None:
    group = make_group()
    old_events(group, 5)
    (first,) = archived(group)
    make_event(group, timestamp=first.min_timestamp)

    (second,) = archived(group)

    assert (second.rows, second.month) == (1, first.month)
    assert_whole(group, 6)


def test_database__deletes_no_event_without_a_manifest_that_covers_it() -> None:
    group = make_group()
    old_events(group, 5)
    batch = claimed(group)
    ArchiveBatch.objects.filter(pk=batch.pk).update(state="verified", rows=5, digest="0" * 16, sha256="0" * 64, key="x", bytes=1)

    with pytest.raises(IntegrityError, match="digest"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM archival_events_leave(%s, %s)", [batch.pk, batch.fence])

    assert Event.objects.filter(group=group).count() == 5


def test_manifest__stands() -> None:
    group = make_group()
    old_events(group, 2)
    (batch,) = archived(group)

    with pytest.raises(IntegrityError, match="stands"), transaction.atomic():
        ArchiveBatch.objects.filter(pk=batch.pk).update(rows=1)
    with pytest.raises(IntegrityError, match="ledger"), transaction.atomic():
        ArchiveBatch.objects.filter(pk=batch.pk)._raw_delete("default")


def test_batch__whose_events_another_has_moved_is_abandoned() -> None:
    """A claim may be made of rows that leave in the very moment."""
    group = make_group()
    old_events(group, 5)
    first = claimed(group)
    late = ArchiveBatch.objects.get(pk=first.pk)
    late.pk, late._state.adding = uuid7(), True
    batch_archive(first)
    late.save(force_insert=True)

    assert (batch_archive(late).state, late.rows) == ("abandoned", 0)
    assert_whole(group, 5)


def test_custom_metric__defined_later_is_asked_of_cold_events_by_the_next_run() -> None:
    group = make_group()
    old_events(group, 30)
    (batch,) = archived(group)
    metric = make_custom_metric(group, event_type="content_event", aggregate="sum", sum_key="amount")
    unasked = batches_to_carry_again(group)

    run_archive(group)

    assert (unasked, batches_to_carry_again(group)) == ([batch.pk], [])
    assert sum(CarriedMetric.objects.filter(metric=metric).values_list("count", flat=True)) == 10
    assert sum(CarriedEvents.objects.values_list("count", flat=True)) == 30
    assert_whole(group, 30)
