"""Rows 11 and 17 of the bar: the archiver killed at each of its steps loses nothing and doubles nothing, and readers see each event once throughout."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from archival.models import ArchiveBatch
from archival.services.restoring import batch_go_cold, batch_restore
from archival.services.verifying import strays_remove
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import CarriedEvents, Group
from tests.addresses import ROOT, surroundings
from tests.archival.world import archived, assert_whole, objects_in, old_events, run_archive
from tests.factories import make_group

pytestmark = pytest.mark.django_db(transaction=True)
EVENTS = 30
STEPS = {"exported": 0, "uploaded": 1, "stored": 1, "verified": 1, "closing": 1, "archived": 1}
"""Where the archiver is killed, and how many objects it has written by then."""


@pytest.fixture
def archive(tmp_path: Path, settings: object) -> Path:
    (tmp_path / "archive").mkdir()
    settings.ARCHIVE_URL = (tmp_path / "archive").as_uri()  # type: ignore[attr-defined]
    return tmp_path / "archive"


def killed(archive: Path, step: str, *command: str) -> int:
    """The exit code of a process of its own that is to die at STEP."""
    environment = {**surroundings(), "ARCHIVE_URL": archive.as_uri(), "FAIL_AT": step, "SECRET_KEY": os.environ["SECRET_KEY"]}
    done = subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, capture_output=True, check=False)
    return done.returncode


@pytest.mark.parametrize("step", STEPS)
def test_archiver__killed_at_each_step_loses_nothing(archive: Path, step: str) -> None:
    with acting(PLATFORM_SCOPE):
        group = make_group()
        old_events(group, EVENTS)

        code = killed(archive, step, "archive_events")
        written = len(objects_in(archive))
        assert_whole(group, EVENTS)
        done = run_archive()

        assert (code, written, done.state) == (-9, STEPS[step], "succeeded")
        assert list(ArchiveBatch.objects.filter(state="archived").values_list("rows", flat=True)) == [EVENTS]
        assert sum(CarriedEvents.objects.values_list("count", flat=True)) == EVENTS
        assert_whole(group, EVENTS)
        strays_remove(hours=0)
        assert len(objects_in(archive)) == 1


def test_restore__killed_before_its_end_changes_nothing_and_is_done_once_again(archive: Path) -> None:
    with acting(PLATFORM_SCOPE):
        group = make_group()
        old_events(group, EVENTS)
        (batch,) = archived(group)

        code = killed(archive, "restoring", "restore_events", "--batch", str(batch.pk))
        assert_whole(group, EVENTS)
        ArchiveBatch.objects.update(lease_until=None)
        restored = batch_restore(batch)
        again = batch_restore(restored)

        assert (code, restored.state, again.state) == (-9, "restored", "restored")
        assert_whole(group, EVENTS)
        assert batch_go_cold(restored).state == "archived"
        assert_whole(group, EVENTS)


def naive_archive(group: Group, archive: Path, *, killed_after_export: bool = False) -> None:
    """The older design: one key per group and day, export, then delete what is old by then."""
    from django.db import connection

    from ontology.models import Event

    key = archive / f"{group.pk}-today.csv"
    rows = Event.objects.filter(group=group).values_list("id", flat=True)
    key.write_text("\n".join(str(id_) for id_ in rows))
    if killed_after_export:
        old_events(group, 5)  # meanwhile
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('sextant.event_decision', 'retention', false)")
        cursor.execute("DELETE FROM ontology_event WHERE group_id = %s", [group.pk])
        cursor.execute("SELECT set_config('sextant.event_decision', '', false)")


def test_naive_design__loses_events(archive: Path) -> None:
    """The control: events that came between export and delete are gone, and a second run of the day replaces the first's object."""
    group = make_group()
    old_events(group, EVENTS)
    naive_archive(group, archive, killed_after_export=True)
    first = len((archive / f"{group.pk}-today.csv").read_text().split())
    old_events(group, 7)
    naive_archive(group, archive)
    second = len((archive / f"{group.pk}-today.csv").read_text().split())

    assert (first, second) == (EVENTS, 7)
    assert EVENTS + 5 + 7 - second == EVENTS + 5  # every event of the first run is lost
