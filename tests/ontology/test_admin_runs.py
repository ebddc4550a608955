"""Pages of runs: watched, steered, corrected, undone; files loaded with a look at them first."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ontology.models import Group, Person, Run, RunLine, RunReject, RunSample, RunWrite, Thing
from ontology.services.import_corrections import CorrectionJob
from ontology.services.import_uploads import UploadImport
from ontology.services.runs import run_drive
from tests.factories import make_group, make_person, make_run, make_staff, make_thing, staff_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
NOTE = {"kind": "thing", "type": "note", "name": "Note", "external_id": "n"}


@pytest.fixture(autouse=True)
def staff(client: Client, tmp_path: Path, settings: Any) -> Person:
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}}}
    person = make_staff(display_name="Ada")
    staff_sign_in(client, person)
    return person


def at(run: Run, act: str = "change") -> str:
    return reverse(f"admin:ontology_run_{act}", args=[run.pk])


def file(*records: Any, name: str = "notes.ndjson") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"".join(json.dumps(record).encode() + b"\n" for record in records))


def wishes(group: Group, act: str, **changes: Any) -> dict[str, Any]:
    return {
        "group": str(group.pk),
        "kind": "",
        "mode": "partial",
        "on_conflict": "error",
        "default_status": "active",
        "mapping": "",
        "act": act,
        **changes,
    }


def told(client: Client, run: Run) -> str:
    return client.get(at(run)).content.decode()


def test_page__shows_where_a_run_is(client: Client) -> None:
    now = timezone.now()
    run = make_run(
        kind="import", state="running", done=300, total=1200, step="writing", started_at=now - timezone.timedelta(seconds=30), heartbeat_at=now
    )
    RunLine.objects.create(run=run, text="Started by Ada.")
    RunLine.objects.create(run=run, text="It hurts.", level="warning")
    for done in (100, 200, 300):
        RunSample.objects.create(run=run, done=done)
    Run.objects.filter(pk=run.pk).update(counts={"thing": {"created": 290, "updated": 0, "skipped": 0, "rejected": 10}})

    page = told(client, run)

    for words in ("300 of 1,200 (25 %)", "Started by Ada.", "It hurts.", "1 min 30 s", '<h2 id="chart-rate">Rate</h2>', ">290<"):
        assert words in page
    assert all(f'action="{at(run, act)}"' in page for act in ("pause", "cancel", "tune"))
    assert f'action="{at(run, "resume")}"' not in page


@pytest.mark.parametrize(
    ("state", "act", "after"), [("running", "pause", "pausing"), ("paused", "resume", "new"), ("running", "cancel", "cancelling")]
)
def test_acts__move_the_run(client: Client, state: str, act: str, after: str) -> None:
    run = make_run(kind="import", task="nobody.drives", state=state)

    assert client.get(at(run, act)).status_code == 302
    run.refresh_from_db()
    assert run.state == state
    client.post(at(run, act))

    run.refresh_from_db()
    assert run.state == after
    assert run.lines.get().text.endswith("by Ada.")


def test_acts__refused_are_told(client: Client) -> None:
    run = make_run(state="succeeded")

    page = client.post(at(run, "pause"), follow=True).content.decode()

    assert "The run is succeeded; it cannot be paused now." in page


def test_acts__that_end_a_run_wait_for_the_password(client: Client, staff: Person) -> None:
    other = Client()
    staff_sign_in(other, make_staff(), minutes_ago=30)
    run = make_run(kind="import", state="running")

    asked = other.post(at(run, "cancel"))

    run.refresh_from_db()
    assert (asked.status_code, run.state) == (403, "running")
    assert "Cancelling a run needs your password" in asked.content.decode()


@pytest.mark.parametrize("act", ["pause", "resume", "cancel", "undo", "start", "tune", "correct"])
def test_acts__are_for_those_who_may_change_runs(client: Client, act: str) -> None:
    viewer = make_person(is_staff=True)
    viewer.user_permissions.add(*Permission.objects.filter(codename__in=("view_run", "see_every_group")))
    staff_sign_in(client, viewer)
    run = make_run(kind="import", state="running")

    assert client.post(at(run, act)).status_code == 403
    assert f'action="{at(run, act)}"' not in told(client, run)
    run.refresh_from_db()
    assert run.state == "running"


def test_acts__of_groups_out_of_sight_are_not_there(client: Client) -> None:
    viewer = make_person(is_staff=True)
    viewer.user_permissions.add(*Permission.objects.filter(codename__in=("view_run", "change_run")))
    staff_sign_in(client, viewer)
    run = make_run(kind="import", state="running", group=make_group())

    assert [client.post(at(run, act)).status_code for act in ("pause", "undo", "tune")] == [404, 404, 404]
    assert (client.get(at(run, "live")).status_code, client.get(at(run, "rejects")).status_code) == (404, 404)
    assert client.get(reverse("admin:ontology_run_live_rows"), {"ids": str(run.pk)}).json() == {}


def test_tune__numbers_only(client: Client) -> None:
    run = make_run(state="running")

    client.post(at(run, "tune"), {"batch_size": "500", "throttle_ms": "25"})
    client.post(at(run, "tune"), {"batch_size": "x", "throttle_ms": "25"})
    page = client.post(at(run, "tune"), {"batch_size": "", "throttle_ms": "99999999"}, follow=True).content.decode()

    run.refresh_from_db()
    assert (run.batch_size, run.throttle_ms) == (500, 25)
    assert "Both are whole numbers" in page
    assert "0 to 60,000 ms, not 99,999,999" in page


def test_live__rows_and_page(client: Client) -> None:
    run, done = make_run(state="running", done=5, total=10), make_run(state="succeeded")

    rows = client.get(reverse("admin:ontology_run_live_rows"), {"ids": f"{run.pk},{done.pk},nonsense"}).json()
    part = client.get(at(run, "live")).content.decode()

    assert (rows[str(run.pk)]["live"], rows[str(done.pk)]["live"]) == (True, False)
    assert "5 of 10 (50 %)" in rows[str(run.pk)]["progress"]
    assert ('data-live="1"' in part, "<html" in part) == (True, False)


def test_load__look_try_load(client: Client) -> None:
    group, where = make_group(), reverse("admin:ontology_run_load_file")

    looked = client.post(where, {**wishes(group, "look"), "file": file(NOTE, {**NOTE, "name": "", "external_id": "m"})}).content.decode()
    assert ("Its first records" in looked, "notes.ndjson" in looked) == (True, True)
    assert not Run.objects.exists()
    client.post(where, wishes(group, "try"))
    dry = Run.objects.get()
    run_drive(dry.pk, UploadImport())
    assert (Thing.objects.count(), dry.parameters["dryRun"]) == (0, True)
    assert "Load it in earnest" in told(client, dry)
    client.post(at(dry, "start"))
    run = Run.objects.exclude(pk=dry.pk).get()
    run_drive(run.pk, UploadImport())

    assert Thing.objects.in_group(group).get().name == "Note"
    page = told(client, run)
    assert ("Load into this run" in page, ">Undo<" in page, "name must not be blank." in page) == (True, True, True)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"file": SimpleUploadedFile("a.txt", b"x")}, "must end in"),
        ({"file": SimpleUploadedFile("a.ndjson", b"")}, "The file is empty."),
        ({"file": SimpleUploadedFile("a.csv", b"a,a\n1,2\n")}, "each once"),
        ({"file": file(NOTE), "mapping": "["}, "This is no JSON"),
        ({"file": file(NOTE), "mapping": '{"a": 1}'}, "values are texts"),
        ({"file": file(NOTE), "group": ""}, "This field is required"),
        ({}, "Choose a file."),
    ],
)
def test_load__refused_with_a_sentence(client: Client, changes: dict[str, Any], sentence: str) -> None:
    page = client.post(reverse("admin:ontology_run_load_file"), {**wishes(make_group(), "load"), **changes}).content.decode()

    assert sentence in page
    assert not Run.objects.exists()


def test_correct__rejects_down_and_up(client: Client) -> None:
    group = make_group()
    client.post(reverse("admin:ontology_run_load_file"), {**wishes(group, "load"), "file": file({**NOTE, "name": ""})})
    run = Run.objects.get()
    run_drive(run.pk, UploadImport())

    rejects = b"".join(client.get(at(run, "rejects")))
    client.post(at(run, "correct"), {"file": SimpleUploadedFile("fixed.ndjson", rejects.replace(b'"name":""', b'"name":"Fixed"'))})
    run_drive(run.pk, CorrectionJob())

    assert Thing.objects.in_group(group).get().name == "Fixed"
    assert RunReject.objects.count() == 0
    assert "Choose the file of corrected records." in client.post(at(run, "correct"), follow=True).content.decode()


def test_undo__begins_a_run(client: Client) -> None:
    thing = make_thing(make_group())
    run = make_run(kind="import", group=thing.group)
    RunWrite.objects.create(run=run, group=thing.group, kind="thing", act="created", ids=[thing.pk])

    begun = client.post(at(run, "undo"))

    made = Run.objects.get(kind="undo")
    assert (begun["Location"], made.parent, made.state) == (at(made), run, "new")


def test_notices__on_the_front_page_until_seen(client: Client, staff: Person) -> None:
    run = make_run(kind="import", state="succeeded", person=staff)
    staff.notices.create(run=run, text="Import succeeded: 10 records.")
    assert "Import succeeded: 10 records." in client.get(reverse("admin:index")).content.decode()

    told(client, run)

    assert "Import succeeded: 10 records." not in client.get(reverse("admin:index")).content.decode()


def test_export__from_a_groups_page(client: Client) -> None:
    thing = make_thing(make_group(), type="note", name="=1+1")
    where = reverse("admin:ontology_group_export", args=[thing.group_id])

    csv = b"".join(client.get(where, {"kind": "things", "format": "csv"})).decode()
    refused = client.get(where, {"kind": "all", "format": "csv"}, follow=True).content.decode()

    assert ",'=1+1," in csv
    assert "choose things, connections or events for CSV" in refused
    assert client.get(where, {"kind": "nonsense"}).status_code == 404
    assert f'action="{where}"' in client.get(reverse("admin:ontology_group_change", args=[thing.group_id])).content.decode()


def test_export__needs_the_right_to_view_all_of_it(client: Client) -> None:
    viewer = make_person(is_staff=True)
    viewer.user_permissions.add(*Permission.objects.filter(codename__in=("view_group", "view_thing", "see_every_group")))
    staff_sign_in(client, viewer)

    assert client.get(reverse("admin:ontology_group_export", args=[make_group().pk])).status_code == 403
