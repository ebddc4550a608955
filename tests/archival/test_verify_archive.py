"""verify_archive, the ledger, strays and retention."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from archival.models import ArchiveBatch, ArchiveObject, ArchivePolicy
from archival.services.holds import hold_lift, hold_place
from archival.services.retention import expired_delete
from archival.services.verifying import gaps, ledger, strays_remove
from archival.store import store
from ontology.models import Event, EventsAccepted
from ontology.services.actor import PLATFORM
from tests.archival.world import archived, assert_whole, claimed, objects_in, old_events
from tests.factories import make_event, make_group

pytestmark = pytest.mark.django_db


def command(*words: str) -> tuple[dict[str, Any], bool]:
    """The answer, and whether the archive is whole."""
    out, is_whole = StringIO(), True
    try:
        call_command("verify_archive", *words, stdout=out, stderr=StringIO())
    except CommandError:
        is_whole = False
    told: dict[str, Any] = json.loads(out.getvalue())
    return told, is_whole


def test_verify_archive__finds_what_is_damaged(archive: Path) -> None:
    group = make_group()
    old_events(group, 30)
    batches = archived(group, size=10)
    whole, is_whole = command()
    (archive / batches[1].key).write_bytes(b"PAR1 not any more")

    damaged, is_still_whole = command()

    assert (whole["objects"], whole["damaged"], is_whole) == (3, [], True)
    assert (damaged["damaged"], is_still_whole) == ([str(batches[1].pk)], False)
    assert ArchiveBatch.objects.get(pk=batches[1].pk).verification == "damaged"
    assert command("--sample", "0")[0]["objects"] == 0


def test_ledger__finds_an_event_that_is_nowhere() -> None:
    group = make_group()
    old_events(group, 30)
    archived(group)
    make_event(group, timestamp=timezone.now())
    assert gaps(ledger(group)) == []

    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('sextant.event_decision', 'retention', true)")
        cursor.execute("DELETE FROM ontology_event WHERE group_id = %s", [group.pk])

    (line,) = gaps(ledger(group))
    assert (line.accepted, line.hot, line.gap) == (1, 0, 1)
    assert command()[1] is False


def test_ledger__is_folded_without_a_change() -> None:
    group = make_group()
    for _ in range(3):
        make_event(group)
    before = ledger(group)

    with connection.cursor() as cursor:
        cursor.execute("SELECT ontology_events_accepted_fold()")
        gone = cursor.fetchone()

    assert gone == (3,)
    assert (ledger(group), EventsAccepted.objects.filter(group=group).count()) == (before, 1)


def test_strays__are_removed_and_what_counts_is_kept(archive: Path) -> None:
    group = make_group()
    old_events(group, 10)
    (batch,) = archived(group)
    stray = batch.key.replace(str(batch.pk), "stray")
    store().put(stray, b"an object that no batch counts on")
    ArchiveObject.objects.create(group=group, batch=batch, key=stray)

    assert (strays_remove(), len(objects_in(archive))) == (0, 2)
    assert (strays_remove(hours=0), [path.name for path in objects_in(archive)]) == (1, [Path(batch.key).name])
    assert strays_remove(hours=0) == 0


def test_strays__of_a_batch_at_work_are_left_to_it(archive: Path) -> None:
    group = make_group()
    old_events(group, 10)
    batch = claimed(group)
    ArchiveBatch.objects.filter(pk=batch.pk).update(key="here", state="stored")
    ArchiveObject.objects.create(group=group, batch=batch, key="here")

    assert strays_remove(hours=0) == 0


def test_retention__announces_waits_and_deletes(archive: Path) -> None:
    group = make_group()
    ArchivePolicy.objects.create(group=group, retention_days=400)
    old_events(group, 10)
    (batch,) = archived(group)

    announced, again = expired_delete(actor=PLATFORM), expired_delete(actor=PLATFORM)
    batch.refresh_from_db()
    waits, left = batch.delete_after, len(objects_in(archive))
    ArchiveBatch.objects.filter(pk=batch.pk).update(delete_after=timezone.now())
    deleted = expired_delete(actor=PLATFORM)
    batch.refresh_from_db()

    assert (announced, again, left, deleted) == ((1, 0), (0, 0), 1, (0, 1))
    assert waits is not None
    assert waits - timezone.now() > timedelta(days=configured.ARCHIVE_GRACE_DAYS - 1)
    assert (batch.state, objects_in(archive)) == ("expired", [])
    (line,) = [line for line in ledger(group) if line.expired]
    assert (line.accepted, line.expired, line.gap) == (10, 10, 0)
    changes = Event.objects.filter(group=group, type="archival_completed").order_by("timestamp").values_list("metadata__change", flat=True)
    assert list(changes) == ["retention_announced", "retention_deleted"]


def test_retention__of_a_held_group_stops_and_begins_anew(archive: Path) -> None:
    group = make_group()
    ArchivePolicy.objects.create(group=group, retention_days=400)
    old_events(group, 10)
    (batch,) = archived(group)
    expired_delete(actor=PLATFORM)
    ArchiveBatch.objects.filter(pk=batch.pk).update(delete_after=timezone.now())
    hold = hold_place(group, "Case 4711", actor=PLATFORM)

    held = expired_delete(actor=PLATFORM)
    hold_lift(hold, actor=PLATFORM)
    lifted = expired_delete(actor=PLATFORM)

    assert (held, lifted, len(objects_in(archive))) == ((0, 0), (1, 0), 1)
    assert_whole(group, 10)


def test_retention__of_kept_groups_never_comes(archive: Path) -> None:
    group = make_group()
    old_events(group, 10)
    archived(group)
    ArchivePolicy.objects.create(group=group, keeps_cold=True)

    assert expired_delete(actor=PLATFORM) == (0, 0)
