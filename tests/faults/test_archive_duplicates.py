"""An event sent again while an archival takes it out: the sender waits for the archival's end, and finds the event in the archive."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from archival.services import batches
from archival.services.batches import batch_archive
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.services.events import events_insert
from ontology.services.results import BulkResult
from tests.archival.world import OLD, assert_whole, claimed
from tests.factories import make_group
from tests.faults.test_write_races import WAIT_SECONDS, someone_waits

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("on_conflict", ["skip", "error"])
def test_event__sent_again_while_it_goes_cold_is_not_doubled(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, on_conflict: str
) -> None:
    (tmp_path / "archive").mkdir()
    settings.ARCHIVE_URL = (tmp_path / "archive").as_uri()
    sent = {"type": "content_event", "timestamp": OLD.isoformat(), "external_id": "e-1"}
    results: list[BulkResult] = []

    with acting(PLATFORM_SCOPE):
        group = make_group()
        events_insert(group, [sent])

        def sends() -> None:
            try:
                with acting(PLATFORM_SCOPE):
                    results.append(events_insert(group, [sent], on_conflict=on_conflict))
            finally:
                connections.close_all()

        sender = threading.Thread(target=sends)

        def closing(name: str) -> None:
            if name == "closing":  # the row is deleted, and not yet committed
                sender.start()
                deadline = time.monotonic() + WAIT_SECONDS
                while not someone_waits():
                    assert time.monotonic() < deadline
                    time.sleep(0.01)

        monkeypatch.setattr(batches, "reached", closing)
        batch_archive(claimed(group))
        sender.join()

        assert [(result.created, result.skipped, [problem.code for problem in result.errors]) for result in results] == [
            ([], 1, []) if on_conflict == "skip" else ([], 0, ["external_id_taken"])
        ]
        assert_whole(group, 1)
