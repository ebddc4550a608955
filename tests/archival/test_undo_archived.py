"""Undoing an import of which events were archived meanwhile: they stay where they are, and are listed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archival.services.verifying import gaps, ledger
from ontology.models import Event, Thing
from ontology.records import RecordFile
from ontology.services.import_records import Target
from ontology.services.imports import FileImport
from ontology.services.runs import Driver
from ontology.services.undo import UndoJob, run_undo
from tests.archival.world import OLD, archived, seen
from tests.factories import make_group
from tests.ontology.loading import written

pytestmark = pytest.mark.django_db


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

    undoing = Driver(UndoJob()).drive(run_undo(run, foreground=True).pk)

    assert (undoing.state, undoing.result) == ("succeeded", {"undone": 4, "stay": 5})
    assert {problem["error"] for reject in undoing.rejects.all() for problem in reject.problems} == {
        "It is no more among the hot events; restore it from the archive first."
    }
    assert undoing.rejects.count() == 5
    assert Thing.objects.in_group(group).live().count() == 0
    assert Event.objects.filter(group=group, type="content_event").count() == 0
    assert len([key for key, times in seen(group).items() if times == 1]) == len(seen(group))
    assert gaps(ledger(group)) == []
