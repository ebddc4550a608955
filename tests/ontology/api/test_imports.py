"""groups/{slug}/imports/ and export/: files in, watched, corrected, taken back; files out that come to the same."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.signals import request_finished
from django.db import close_old_connections

from ontology.api import streams
from ontology.models import Connection, Event, Group, Run, Thing
from ontology.services.import_corrections import CorrectionJob
from ontology.services.import_uploads import UploadImport, uploads_forget
from ontology.services.runs import run_drive
from ontology.services.undo import UndoJob
from ontology.services.uploads import upload_keep
from tests.factories import make_group, make_membership, make_person, make_run, make_thing
from tests.ontology.api.client import Api, at, codes
from tests.roles import as_role

pytestmark = pytest.mark.django_db
NOTE = {"kind": "thing", "type": "note", "name": "Note", "external_id": "n"}


@pytest.fixture(autouse=True)
def _uploads(tmp_path: Path, settings: Any) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}}}


@pytest.fixture
def group() -> Group:
    return make_group(slug="here")


@pytest.fixture
def api(group: Group) -> Api:
    return Api(make_membership(group, role="group_owner").person)


def lines(*records: Any) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def sent(api: Api, path: str, body: bytes) -> Any:
    return api("POST", path, body, **{"Content-Type": "application/octet-stream"})


def left(response: Any) -> None:
    """Closes an answer before its end, as a client does that goes away; the test's own database session stays open."""
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)


def content(response: Any) -> bytes:
    return b"".join(response)


def test_imports__a_file_is_taken_and_a_worker_loads_it(api: Api, group: Group) -> None:
    taken = sent(api, at(group, "imports/?name=notes.ndjson.gz"), gzip.compress(lines(NOTE, {**NOTE, "name": "", "external_id": "m"}), mtime=0))

    assert taken.status_code == 202
    told = taken.json()
    assert (told["state"], told["file"], told["done"], told["total"]) == ("new", "notes.ndjson.gz", 0, None)
    assert taken["Location"] == f"/api/v1/groups/here/imports/{told['id']}/"
    assert not Thing.objects.in_group(group).exists()
    run_drive(told["id"], UploadImport())
    done = api.get(taken["Location"]).json()
    assert (done["state"], done["done"], done["total"], done["rejected"]) == ("succeeded", 2, 2, 1)
    assert done["counts"] == {"thing": {"created": 1, "updated": 0, "skipped": 0, "rejected": 1}}
    assert done["log"][-1] == "Succeeded. 2 of 2 records are done."
    assert [item["id"] for item in api.get(at(group, "imports/?state=succeeded")).json()["items"]] == [told["id"]]


def test_imports__csv_with_mapped_columns(api: Api, group: Group) -> None:
    mapping = json.dumps({"Titel": "name", "Preis": "properties.price", "Art": "type", "Nr": "external_id", "egal": ""})
    body = b"Nr,Art,Titel,Preis,egal\n7,note,Lampe,12.5,x\n8,note,,1,y\n"

    taken = sent(api, at(group, f"imports/?name=a.csv&kind=thing&mapping={mapping}"), body).json()
    run_drive(taken["id"], UploadImport())

    thing = Thing.objects.in_group(group).get()
    assert (thing.name, thing.external_id, thing.properties) == ("Lampe", "7", {"price": 12.5})
    rejects = content(api.get(at(group, f"imports/{taken['id']}/rejects/"))).decode()
    rows = list(csv.DictReader(io.StringIO(rejects)))
    assert [(row["Nr"], row["Titel"], row["_line"]) for row in rows] == [("8", "", "3")]
    corrected = rejects.replace("8,note,,1", "8,note,Tisch,1").encode()
    again = sent(api, at(group, f"imports/{taken['id']}/rejects/?name=a.csv"), corrected)
    assert again.status_code == 202
    run_drive(taken["id"], CorrectionJob())
    assert sorted(Thing.objects.in_group(group).values_list("name", flat=True)) == ["Lampe", "Tisch"]


@pytest.mark.parametrize(
    ("query", "body", "status", "code"),
    [
        ("name=a.txt", b"x", 422, "upload_refused"),
        ("name=a.ndjson", b"", 422, "upload_refused"),
        ("", b"x", 400, "parameter_refused"),
        ("name=a.csv&mapping=[]", b"a,b\n1,2\n", 400, "parameter_refused"),
        ("name=a.csv&mapping=" + json.dumps({"c": "name"}), b"a,b\n1,2\n", 422, "unreadable_file"),
        ("name=a.csv", b"a,a\n1,2\n", 422, "unreadable_file"),
        ("name=a.ndjson.gz", gzip.compress(b"{}\n" * 100, mtime=0)[:-20], 422, "unreadable_file"),
        ("name=a.ndjson&kind=nonsense", b"{}", 400, "parameter_refused"),
    ],
)
def test_imports__refused_files_leave_nothing(api: Api, group: Group, query: str, body: bytes, status: int, code: str) -> None:
    refused = sent(api, at(group, f"imports/?{query}"), body)

    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.content
    assert not Run.objects.exists()
    assert default_storage.listdir("imports")[1] == [] if default_storage.exists("imports") else True


def test_imports__a_form_is_refused(api: Api, group: Group) -> None:
    refused = api("POST", at(group, "imports/?name=a.ndjson"), b"--x--", **{"Content-Type": "multipart/form-data; boundary=x"})

    assert (refused.status_code, refused.json()["code"]) == (415, "content_type")


def test_imports__too_large_a_file(api: Api, group: Group, settings: Any) -> None:
    settings.IMPORT_BYTES_MAX = 100

    refused = sent(api, at(group, "imports/?name=a.ndjson"), b"{}\n" * 50)

    assert (refused.status_code, refused.json()["code"]) == (413, "upload_refused")


def test_imports__the_same_file_is_not_loaded_twice_at_once(api: Api, group: Group) -> None:
    first = sent(api, at(group, "imports/?name=a.ndjson"), lines(NOTE)).json()

    second = sent(api, at(group, "imports/?name=b.ndjson"), lines(NOTE))

    assert (second.status_code, second.json()["code"], second.json()["run"]) == (409, "run_exclusive", first["id"])
    assert len(default_storage.listdir("imports")[1]) == 1


def test_imports__file_that_is_gone_fails_the_run_with_a_sentence(api: Api, group: Group) -> None:
    told = sent(api, at(group, "imports/?name=a.ndjson"), lines(NOTE)).json()
    default_storage.delete(Run.objects.get().parameters["upload"])

    run_drive(told["id"], UploadImport())

    done = api.get(at(group, f"imports/{told['id']}/")).json()
    assert (done["state"], done["error"]) == ("failed", "The file of this run is no more there; hand it over again.")


def test_imports__other_groups_of_a_file_are_out_of_reach(api: Api, group: Group) -> None:
    below, other = make_group(slug="below", parent=group), make_group(slug="other")

    told = sent(api, at(group, "imports/?name=a.ndjson"), lines(*({**NOTE, "group": slug} for slug in ("below", "other")))).json()
    run_drive(told["id"], UploadImport())

    assert (Thing.objects.in_group(below).count(), Thing.objects.in_group(other).count()) == (1, 0)
    (reject,) = Run.objects.get().rejects.all()
    assert reject.problems == [{"field": "group", "code": "no_such_group", "error": "There is no group 'other'."}]


def test_imports__events_of_a_client_name_who_sent_them(api: Api, group: Group) -> None:
    event = {"kind": "event", "type": "content_event", "timestamp": 1_700_000_000}
    begun = sent(api, at(group, "imports/?name=a.ndjson"), lines(event, {**event, "metadata": {"by": {"door": "admin"}}})).json()
    run_drive(begun["id"], UploadImport())

    assert Event.objects.in_group(group).get(type="content_event").metadata == {
        "by": {"door": "api", "sent": True, "requestId": f"run {begun['id']}"}
    }
    assert Run.objects.get().rejects.get().problems[0]["code"] == "reserved"


def test_imports__members_and_groups_are_loaded_by_operators_alone(group: Group) -> None:
    """Whoever may write things may not thereby make owners of people."""
    person = make_membership(group, role="group_user").person
    records = [
        {"kind": "membership", "person": person.email, "role": "group_owner", "group": "here"},
        {"kind": "group", "slug": "mine", "name": "Mine", "parent": "here"},
        {**NOTE, "group": "here"},
    ]
    begun = sent(Api(person), at(group, "imports/?name=a.ndjson"), lines(*records)).json()

    run_drive(begun["id"], UploadImport())

    assert group.memberships.get(person=person).role == "group_user"
    assert not Group.objects.filter(slug="mine").exists()
    assert Thing.objects.in_group(group).count() == 1
    assert [reject.problems[0]["code"] for reject in Run.objects.get().rejects.all()] == ["kind_not_taken"] * 2


def test_imports__dry_run_then_in_earnest(api: Api, group: Group) -> None:
    dry = sent(api, at(group, "imports/?name=a.ndjson&dryRun=true"), lines(NOTE, {"kind": "thing"})).json()
    run_drive(dry["id"], UploadImport())
    told = api.get(at(group, f"imports/{dry['id']}/")).json()
    assert (told["state"], told["result"], told["rejected"]) == ("succeeded", {"rejected": 1, "written": False}, 1)
    assert told["counts"]["thing"] == {"created": 1, "updated": 0, "skipped": 0, "rejected": 1}
    assert (Thing.objects.count(), Event.objects.filter(type="batch_import").count()) == (0, 0)

    begun = api.post(at(group, f"imports/{dry['id']}/start/"))

    assert begun.status_code == 202
    run_drive(begun.json()["id"], UploadImport())
    assert Thing.objects.in_group(group).count() == 1


def test_imports__atomic_refused_keeps_its_rejects(api: Api, group: Group) -> None:
    told = sent(api, at(group, "imports/?name=a.ndjson&mode=atomic"), lines(NOTE, {"kind": "thing"})).json()

    run_drive(told["id"], UploadImport())

    done = api.get(at(group, f"imports/{told['id']}/")).json()
    assert (done["state"], done["rejected"], Thing.objects.count()) == ("failed", 1, 0)
    assert done["error"] == "1 record was rejected, and the mode is atomic: nothing was written."


def test_imports__corrected_rejects_go_into_the_same_run_once(api: Api, group: Group) -> None:
    bad = [{**NOTE, "name": "", "external_id": f"n{number}"} for number in range(3)]
    told = sent(api, at(group, "imports/?name=a.ndjson"), lines(NOTE, *bad)).json()
    run_drive(told["id"], UploadImport())
    where = at(group, f"imports/{told['id']}/rejects/")
    rejects = [json.loads(line) for line in content(api.get(where)).splitlines()]
    assert [(reject["_line"], reject["_problems"][0]["field"]) for reject in rejects] == [(2, "name"), (3, "name"), (4, "name")]

    for _ in range(2):  # the same file of corrections, twice
        assert (
            sent(api, f"{where}?name=b.ndjson", lines({**rejects[0], "name": "One"}, {**rejects[1], "name": "Two"}, rejects[2], NOTE)).status_code
            == 202
        )
        run_drive(told["id"], CorrectionJob())

    assert sorted(Thing.objects.in_group(group).values_list("name", flat=True)) == ["Note", "One", "Two"]
    done = api.get(at(group, f"imports/{told['id']}/")).json()
    assert done["counts"] == {"thing": {"created": 3, "updated": 0, "skipped": 0, "rejected": 1}}
    assert (done["state"], done["rejected"], done["result"]) == ("succeeded", 1, {"rejected": 1, "written": True})


def test_imports__corrected_rows_leave_the_counts_they_came_from(api: Api, group: Group) -> None:
    header = b"kind,type,name,external_id,_line\n"
    told = sent(api, at(group, "imports/?name=a.csv"), header[:-7] + b"\nthing,note,Short\nthing,nought,Other,o\n").json()
    run_drive(told["id"], UploadImport())
    assert [tally["rejected"] for tally in api.get(at(group, f"imports/{told['id']}/")).json()["counts"].values()] == [1, 1]
    rows = b"thing,note,Short,s,2\nthing,note,Other,o,3\nthing,note,More,m,\xc2\xb2\nthing,note,Many,m,99999999999999999999\n"

    sent(api, at(group, f"imports/{told['id']}/rejects/?name=b.csv"), header + rows)
    run_drive(told["id"], CorrectionJob())

    done = api.get(at(group, f"imports/{told['id']}/")).json()
    assert (done["state"], done["counts"]) == ("succeeded", {"thing": {"created": 2, "updated": 0, "skipped": 0, "rejected": 0}})


def test_imports__a_platform_owners_file_brings_groups(api: Api, group: Group) -> None:
    owner = make_person(platform_role="platform_owner")
    brings = {"kind": "group", "slug": "below", "name": "Below", "parent": "here"}
    told = sent(Api(owner), at(group, "imports/?name=a.ndjson"), lines(brings, {**NOTE, "group": "below"})).json()

    with as_role("worker"):
        run_drive(told["id"], UploadImport())

    assert Run.objects.get(pk=told["id"]).error == ""
    assert Thing.objects.get().group.slug == "below"  # type: ignore[union-attr]


def test_imports__a_token_of_one_group_brings_records_of_it_alone(group: Group) -> None:
    make_group(slug="elsewhere")
    owner = make_person(platform_role="platform_owner")
    api = Api(owner, group=group)
    brings = [{"kind": "group", "slug": "below", "name": "Below", "parent": "here"}, {**NOTE, "group": "elsewhere"}, {**NOTE, "external_id": "m"}]
    told = sent(api, at(group, "imports/?name=a.ndjson"), lines(*brings)).json()

    with as_role("worker"):
        run_drive(told["id"], UploadImport())

    assert list(Thing.objects.values_list("external_id", "group__slug")) == [("m", "here")]
    assert [problem["code"] for row in Run.objects.get(pk=told["id"]).rejects.order_by("line") for problem in row.problems] == [
        "kind_not_taken",
        "no_such_group",
    ]


def test_imports__undo(api: Api, group: Group) -> None:
    told = sent(api, at(group, "imports/?name=a.ndjson"), lines(NOTE)).json()
    run_drive(told["id"], UploadImport())

    undoing = api.post(at(group, f"imports/{told['id']}/undo/"))

    assert (undoing.status_code, undoing.json()["kind"], undoing.json()["parent"]) == (202, "undo", told["id"])
    run_drive(undoing.json()["id"], UndoJob())
    assert not Thing.objects.in_group(group).exists()
    refused = api.post(at(group, f"imports/{told['id']}/undo/"))
    assert (refused.status_code, refused.json()["code"]) == (409, "run_not_undoable")


def test_imports__paused_tuned_resumed_cancelled(api: Api, group: Group) -> None:
    told = sent(api, at(group, "imports/?name=a.ndjson"), lines(NOTE)).json()
    where = at(group, f"imports/{told['id']}/")

    assert api.post(f"{where}pause/").json()["state"] == "paused"
    tuned = api.patch(where, {"batchSize": 500, "throttleMs": 20}).json()
    assert (tuned["batchSize"], tuned["throttleMs"]) == (500, 20)
    assert codes(api.patch(where, {"batchSize": "many"})) == [("batchSize", "not_number")]
    assert api.patch(where, {"throttleMs": 99_999_999}).json()["code"] == "run_state"
    assert api.post(f"{where}resume/").json()["state"] == "new"
    assert api.post(f"{where}cancel/").json()["state"] == "cancelled"
    assert (api.post(f"{where}resume/").status_code, api.post(f"{where}pause/").status_code) == (409, 409)


def test_progress__tells_each_change_and_the_end(api: Api, group: Group) -> None:
    run = make_run(kind="import", state="running", group=group, done=1, total=2, parameters={"file": "a.ndjson"})
    stream = iter(api.get(at(group, f"imports/{run.pk}/progress/")))
    assert next(stream) == b"retry: 1000\n\n"
    first = next(stream).decode().split("\n")
    assert (first[0], json.loads(first[1].removeprefix("data: "))["done"]) == ("event: progress", 1)
    Run.objects.filter(pk=run.pk).update(done=2, state="succeeded")

    rest = [part.decode().split("\n") for part in stream]

    assert [part[0] for part in rest] == ["event: progress", "event: end"]
    assert json.loads(rest[0][1].removeprefix("data: "))["state"] == "succeeded"


def test_progress__few_may_watch_at_once_and_leave_their_place(api: Api, group: Group) -> None:
    run = make_run(kind="import", state="running", group=group)
    where = at(group, f"imports/{run.pk}/progress/")
    watching = [api.get(where) for _ in range(streams.WATCHERS_MAX)]

    refused = api.get(where)

    assert (refused.status_code, refused.json()["code"]) == (503, "too_many_watchers")
    for each in watching:
        left(each)
    again = api.get(where)
    left(again)
    assert again.status_code == 200


def test_uploads_forget__files_of_runs_long_ended(api: Api, group: Group) -> None:
    told = sent(api, at(group, "imports/?name=a.ndjson"), lines(NOTE)).json()
    run_drive(told["id"], UploadImport())
    assert uploads_forget(30) == 0

    assert uploads_forget(-1) == 1

    assert default_storage.listdir("imports")[1] == []
    assert "upload" not in Run.objects.get().parameters
    assert api.post(at(group, f"imports/{told['id']}/start/")).status_code == 409


def test_uploads_forget__files_that_nobody_loaded(api: Api, group: Group) -> None:
    sent(api, at(group, "imports/?name=a.ndjson"), lines(NOTE))
    upload_keep([b"{}"], "looked-at.ndjson")

    assert uploads_forget(1) == 0
    assert uploads_forget(-1) == 1

    assert [f"imports/{name}" for name in default_storage.listdir("imports")[1]] == [Run.objects.get().parameters["upload"]]


def undo_of(api: Api, response: Any) -> Run:
    """The undoing that the Link of a bulk call begins, driven to its end."""
    path = response["Link"].partition(">")[0].removeprefix("<")
    begun = api.post(path)
    assert begun.status_code == 202, begun.content
    run_drive(begun.json()["id"], UndoJob())
    done: Run = Run.objects.get(pk=begun.json()["id"])
    assert (done.state, done.result["stay"]) == ("succeeded", 0)
    return done


def test_bulk_call__can_be_undone(api: Api, group: Group) -> None:
    kept = make_thing(group, type="note", name="Old", external_id="old")
    items = [{"type": "note", "name": "New", "externalId": "old"}, {"type": "note", "name": "Other", "externalId": "other"}]

    answered = api.post(at(group, "things/bulk/?onConflict=update"), items)
    linked = api.post(at(group, "connections/bulk/"), [{"from": "old", "to": "other", "type": "part_of"}])
    happened = api.post(at(group, "events/bulk/"), [{"type": "content_event", "target": "old"}])

    assert Run.objects.filter(kind="bulk_call").count() == 3
    for response in (happened, linked, answered):
        undo_of(api, response)
    kept.refresh_from_db()
    assert (kept.name, Thing.objects.in_group(group).count(), Connection.objects.count()) == ("Old", 1, 0)
    assert not Event.objects.filter(type="content_event").exists()


def test_bulk_call__that_wrote_nothing_leaves_no_run(api: Api, group: Group) -> None:
    dry = api.post(at(group, "things/bulk/?dryRun=true"), [{"type": "note", "name": "New"}])
    bad = api.post(at(group, "things/bulk/"), [{"type": "note", "name": ""}])

    assert ("Link" in dry, "Link" in bad, Run.objects.exists()) == (False, False, False)
