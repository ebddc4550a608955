"""archive_events: what it moves, what it answers, and what stops it."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from archival.models import ArchiveBatch, ArchivePolicy, Installation
from archival.services.archive_job import ArchiveJob
from archival.services.partitions import empty_partitions_drop
from archival.services.runs import archive_start
from archival.services.status import archival_status
from archival.tasks import archive_events, maintenance_daily, maintenance_verify, verify_archive
from ontology.models import Event, EventsAccepted, Run
from ontology.services.actor import PLATFORM
from ontology.services.runs import run_drive
from tests.archival.world import OLD, assert_whole, old_events, run_archive
from tests.factories import make_event, make_group

pytestmark = pytest.mark.django_db


def command(name: str, *words: str) -> dict[str, Any]:
    out = StringIO()
    call_command(name, *words, stdout=out, stderr=StringIO())
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def test_archive_events__answers_group_by_group() -> None:
    one, two = make_group(slug="one"), make_group(slug="two")
    old_events(one, 30)
    old_events(two, 5)
    make_event(two, timestamp=timezone.now())

    told = command("archive_events", "--batch-size", "10")

    assert {key: told[key] for key in ("groupsProcessed", "totalArchived", "totalFailed", "successRate")} == {
        "groupsProcessed": 2,
        "totalArchived": 35,
        "totalFailed": 0,
        "successRate": 100.0,
    }
    assert [(it["groupId"], it["archived"], it["failed"]) for it in told["batches"]] == [("one", 30, 0), ("two", 5, 0)]
    assert Event.objects.filter(group=two, type="archival_completed").get().metadata["archived"] == 5
    assert_whole(one, 30)


def test_archive_events__dry_run_only_counts() -> None:
    old_events(make_group(slug="one"), 30)

    assert command("archive_events", "--dry-run") == {"dryRun": True, "groups": {"one": 30}, "total": 30}
    assert (ArchiveBatch.objects.count(), Run.objects.count()) == (0, 0)


def test_archive_events__keeps_to_group_limit_and_days() -> None:
    one, two = make_group(slug="one"), make_group(slug="two")
    old_events(one, 30)
    old_events(two, 30)
    old_events(one, 4, start=timezone.now() - timedelta(days=40), step=1)

    assert command("archive_events", "--group", "one", "--limit", "12", "--batch-size", "10")["totalArchived"] == 12
    assert command("archive_events", "--group", "one", "--days", "30")["totalArchived"] == 22
    assert Event.objects.filter(group=two).count() == 30


@pytest.mark.parametrize(
    ("words", "sentence"),
    [(["--days", "0"], "--days must be at least 1"), (["--group", "none"], "none"), (["--limit", "-3"], "--limit must be at least 1")],
)
def test_archive_events__refuses_what_makes_no_sense(words: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("archive_events", *words)
    assert Run.objects.count() == 0


def test_archive_events__a_second_one_answers_with_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    run, is_new = archive_start(actor=PLATFORM)
    again, is_again_new = archive_start(actor=PLATFORM)
    out = StringIO()
    call_command("archive_events", stdout=out)

    assert (is_new, is_again_new, again.pk) == (True, False, run.pk)
    assert f"The run {run.pk} is at it already." in out.getvalue()


def test_archive_events__of_a_copied_database_is_refused_until_it_is_adopted() -> None:
    old_events(make_group(), 3)
    Installation.objects.create(pk=1, name="production", place="another:1@host")

    with pytest.raises(CommandError, match="This database is a copy"):
        call_command("archive_events", stderr=StringIO())
    assert ArchiveBatch.objects.count() == 0
    call_command("archive_events", "--adopt", stdout=StringIO(), stderr=StringIO())

    assert ArchiveBatch.objects.get().key.startswith(f"{Installation.objects.get().name}/")
    assert Installation.objects.get().name != "production"


def test_daily_task__archives_through_its_run() -> None:
    group = make_group()
    old_events(group, 2)
    old_events(group, 1)
    pieces = EventsAccepted.objects.filter(group=group, month=OLD.date().replace(day=1))
    before = sorted(pieces.values_list("count", flat=True))

    run_id = maintenance_daily()
    assert (before, list(pieces.values_list("count", flat=True))) == ([1, 2], [3])
    assert maintenance_daily() == run_id
    archive_events(run_id)

    assert Run.objects.get(pk=run_id).state == "succeeded"
    assert_whole(group, 3)
    verify_archive(maintenance_verify())
    assert Run.objects.filter(kind="verify_archive").get().result["damaged"] == []
    assert set(PeriodicTask.objects.filter(task__startswith="archival.").values_list("task", "crontab__hour")) == {
        ("archival.maintenance_daily", "3"),
        ("archival.maintenance_verify", "4"),
    }


def test_cron__begins_the_run_for_whoever_has_the_secret(settings: Any) -> None:
    settings.CRON_SECRET = "sesame"
    client, path = Client(), "/cron/daily-archival"

    without, wrong = client.post(path), client.post(path, headers={"Authorization": "Bearer simsalabim"})
    begun = client.post(path, headers={"Authorization": "Bearer sesame"})
    again = client.post(path, headers={"Authorization": "Bearer sesame"})
    settings.CRON_SECRET = ""
    unset = client.post(path, headers={"Authorization": "Bearer "})

    assert [it.status_code for it in (without, wrong, begun, again, unset, client.get(path))] == [403, 403, 202, 202, 404, 405]
    assert begun.json()["started"] is True
    assert again.json() == {**begun.json(), "started": False}
    assert Run.objects.count() == 1


def test_status__tells_what_is_due_done_and_how_long_it_takes() -> None:
    group = make_group()
    old_events(group, 30)
    due = archival_status(group)
    run_archive(group)
    ArchivePolicy.objects.create(group=group, hot_days=90, keeps_cold=True)

    done = archival_status(group)

    assert (due["eligibleForArchival"], due["alreadyArchived"], due["estimates"]["hoursToArchiveAll"]) == (30, 0, None)
    assert (done["eligibleForArchival"], done["alreadyArchived"]) == (0, 30)
    assert done["config"]["AGE_THRESHOLD_DAYS"] == 90
    assert done["config"]["RETENTION_DAYS"] is None
    assert done["estimates"]["hoursToArchiveAll"] == 0
    assert archival_status()["config"]["AGE_THRESHOLD_DAYS"] == 365


def test_empty_partitions__go_and_come_back_with_a_late_event(archive: Path) -> None:
    group = make_group()
    old_events(group, 3)
    run_archive(group)

    assert empty_partitions_drop() == 0  # the run has dropped them
    make_event(group, timestamp=ArchiveBatch.objects.get().min_timestamp)
    assert_whole(group, 4)


def test_run__drives_nothing_twice() -> None:
    run, _ = archive_start(actor=PLATFORM)
    archive_events(str(run.pk))

    assert run_drive(run.pk, ArchiveJob()) is None


def test_archive_events__left_to_a_worker(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("archive_events", "--worker")

    run = Run.objects.get(kind="archive")
    assert (run.state, run.task, run.queue) == ("new", "archival.archive_events", "imports")
    assert f"A worker drives the run {run.pk}." in capsys.readouterr().out
