"""Undoing an import of which events were archived meanwhile: they stay where they are, and are listed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from archival.errors import RowsChanged
from archival.models import ArchiveBatch, RestoredEvent
from archival.services.erasing import person_erase
from archival.services.holds import hold_place
from archival.services.restoring import batch_go_cold, batch_restore
from archival.services.verifying import gaps, ledger
from archival.store import store
from ontology.models import Event, Group, Run, Thing
from ontology.records import RecordFile
from ontology.services.actor import PLATFORM
from ontology.services.import_records import Target
from ontology.services.imports import FileImport
from ontology.services.runs import Driver
from ontology.services.undo import UndoJob, run_undo
from tests.archival.world import OLD, archived, assert_whole, old_events, run_archive, seen
from tests.factories import make_group, make_person
from tests.ontology.loading import written

pytestmark = pytest.mark.django_db


def imported(group: Group, folder: Path, *events: dict[str, Any]) -> Run:
    """The run of an import of EVENTS."""
    records = [{"kind": "event", "type": "content_event", **event} for event in events]
    run = FileImport(RecordFile(written(folder / f"{len(events)}.ndjson", records)), Target(group)).run().run
    assert run is not None
    return run


def undone(run: Run) -> Run:
    return Driver(UndoJob()).drive(run_undo(run, foreground=True).pk)


def half_undone(group: Group, folder: Path) -> ArchiveBatch:
    """A restored batch of seven events, of which an undone import has taken five since; its time is over."""
    run = imported(group, folder, *({"timestamp": OLD.timestamp() + n, "metadata": {"n": n}} for n in range(5)))
    imported(group, folder, *({"timestamp": OLD.timestamp() + 60 + n, "external_id": f"stays-{n}"} for n in range(2)))
    (batch,) = archived(group)
    batch_restore(batch)
    assert undone(run).result == {"undone": 5, "stay": 0}
    ArchiveBatch.objects.filter(pk=batch.pk).update(restored_until=timezone.now())
    batch.refresh_from_db()
    return batch


def test_undo__of_restored_events__the_others_are_archived_anew(tmp_path: Path) -> None:
    group = make_group()
    batch = half_undone(group, tmp_path)

    first, second = run_archive(group), run_archive(group)

    batch.refresh_from_db()
    assert (first.state, second.state, second.result["totalArchived"]) == ("succeeded", "succeeded", 2)
    assert batch.state == "replaced"
    assert not store().exists(batch.key)
    assert RestoredEvent.objects.count() == 0
    assert Event.objects.filter(group=group, type="content_event").count() == 0
    assert_whole(group, 2)


def test_undo__of_restored_events__under_a_hold_nothing_of_the_archive_goes(tmp_path: Path) -> None:
    group, other = make_group(), make_group()
    batch = half_undone(group, tmp_path)
    old_events(other, 3)
    (restored,) = (batch_restore(it) for it in archived(other))
    ArchiveBatch.objects.filter(pk=restored.pk).update(restored_until=timezone.now())
    hold_place(group, "A court asked", actor=PLATFORM)

    run = run_archive()

    batch.refresh_from_db()
    restored.refresh_from_db()
    assert (run.state, batch.state, restored.state) == ("succeeded", "restored", "archived")
    assert any("is stopped by a legal hold" in line.text for line in run.lines.all())
    assert store().exists(batch.key)
    assert Event.objects.filter(group=group, type="content_event").count() == 2


def test_undo__of_restored_events__and_a_row_that_no_run_has_kept_is_lost__refused(tmp_path: Path) -> None:
    group = make_group()
    batch = half_undone(group, tmp_path)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('sextant.event_decision', 'archival', true)")
        cursor.execute("DELETE FROM ontology_event WHERE external_id = 'stays-1'")

    with pytest.raises(RowsChanged, match="no run has kept 1 others"):
        batch_go_cold(batch)

    batch.refresh_from_db()
    assert batch.state == "restored"
    assert store().exists(batch.key)


def test_undo__and_a_person_is_erased__stays_erased_when_the_events_come_back(tmp_path: Path) -> None:
    group, jane = make_group(), make_person(email="jane.doe@example.org")
    run = imported(group, tmp_path, *({"timestamp": OLD.timestamp() + n, "metadata": {"by": ["jane.doe@example.org", "me"][n]}} for n in range(2)))
    taken = undone(run)

    erased = person_erase(jane, actor=PLATFORM)
    back = undone(taken)

    assert back.result == {"undone": 2, "stay": 0}
    assert {event.metadata["by"] for event in Event.objects.filter(group=group, type="content_event")} == {str(erased.pseudonym), "me"}
    assert [entry["hotEvents"] for entry in erased.changed] == [1]


def test_undo__leaves_and_lists_what_was_archived_meanwhile(tmp_path: Path) -> None:
    group = make_group()
    young = datetime.now(UTC).timestamp() - 86_400
    records: list[dict[str, Any]] = [
        {"kind": "thing", "type": "note", "name": "Note", "external_id": "n", "properties": {"content": "1"}},
        *({"kind": "event", "type": "content_event", "timestamp": OLD.timestamp() + n, "metadata": {"n": n}} for n in range(5)),
        *({"kind": "event", "type": "content_event", "timestamp": young + n, "external_id": f"e-{n}"} for n in range(3)),
    ]
    run = FileImport(RecordFile(written(tmp_path / "file.ndjson", records)), Target(group)).run().run
    assert run is not None
    archived(group)

    undoing = undone(run)

    assert (undoing.state, undoing.result) == ("succeeded", {"undone": 4, "stay": 5})
    assert {problem["error"] for reject in undoing.rejects.all() for problem in reject.problems} == {
        "It is no more among the hot events; restore it from the archive first."
    }
    assert undoing.rejects.count() == 5
    assert Thing.objects.in_group(group).live().count() == 0
    assert Event.objects.filter(group=group, type="content_event").count() == 0
    assert len([key for key, times in seen(group).items() if times == 1]) == len(seen(group))
    assert gaps(ledger(group)) == []
