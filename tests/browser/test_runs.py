"""Runs in a browser: loaded from a file, seen as they go, on a desk and on a phone, without faults for screen readers."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from ontology.models import Run, RunLine, RunReject, RunSample, Thing
from ontology.services.import_uploads import UploadImport
from ontology.services.runs import run_drive
from tests.browser.conftest import Watched
from tests.browser.test_access import AUDIT
from tests.browser.test_admin import choose
from tests.factories import make_group, make_run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture(autouse=True)
def _uploads(tmp_path: Path) -> None:
    settings.STORAGES["default"]["OPTIONS"]["location"] = str(tmp_path / "uploads")


def at_work() -> Run:
    now = timezone.now()
    run = make_run(
        kind="import",
        group=make_group(name="North"),
        state="running",
        step="writing",
        done=400,
        total=1000,
        started_at=now - timezone.timedelta(seconds=40),
        heartbeat_at=now,
        parameters={"file": "notes.ndjson"},
    )
    Run.objects.filter(pk=run.pk).update(counts={"thing": {"created": 399, "updated": 0, "skipped": 0, "rejected": 1}})
    RunReject.objects.create(
        run=run, line=7, text=b'{"kind": "thing", "name": ""}', problems=[{"field": "name", "code": "blank", "error": "name must not be blank."}]
    )
    RunLine.objects.create(run=run, text="Started by Ada.")
    for done in (100, 200, 400):
        RunSample.objects.create(run=run, done=done)
    return run


def test_load__a_file_looked_at_then_loaded(desktop: Watched, tmp_path: Path) -> None:
    make_group(name="North")
    path = tmp_path / "notes.ndjson"
    path.write_text("".join(json.dumps({"kind": "thing", "type": "note", "name": f"Note {n}"}) + "\n" for n in range(12)), encoding="utf-8")
    desktop.go("/admin/ontology/run/load/")
    choose(desktop, "group", "nor", "North")
    desktop.page.set_input_files("#id_file", str(path))
    desktop.page.click("button[value=look]")
    expect(desktop.page.get_by_role("heading", name="Its first records")).to_be_visible()

    desktop.page.click("button[value=load]")

    expect(desktop.page.get_by_text("Waiting", exact=True)).to_be_visible()
    run_drive(Run.objects.get().pk, UploadImport())
    expect(desktop.page.get_by_text("Succeeded", exact=True).first).to_be_visible(timeout=10_000)
    expect(desktop.page.get_by_text("12 of 12 (100 %)")).to_be_visible()
    assert Thing.objects.count() == 12


def test_list__changes_while_one_looks(desktop: Watched) -> None:
    run = at_work()
    desktop.go("/admin/ontology/run/")
    expect(desktop.page.get_by_text("400 of 1,000 (40 %)")).to_be_visible()

    Run.objects.filter(pk=run.pk).update(done=1000, state="succeeded", finished_at=timezone.now())

    expect(desktop.page.get_by_text("1,000 of 1,000 (100 %)")).to_be_visible(timeout=10_000)
    expect(desktop.page.locator("#result_list").get_by_text("Succeeded")).to_be_visible()


def test_run__paused_by_a_click(desktop: Watched) -> None:
    run = at_work()
    desktop.go(f"/admin/ontology/run/{run.pk}/change/")

    desktop.page.get_by_role("button", name="Pause").click()

    expect(desktop.page.get_by_text("Pausing", exact=True)).to_be_visible()
    run.refresh_from_db()
    assert run.state == "pausing"


@pytest.mark.parametrize("window", ["desktop", "night", "phone"])
def test_pages__fit_and_are_readable(request: pytest.FixtureRequest, window: str) -> None:
    watched, run = request.getfixturevalue(window), at_work()
    for path in (f"/admin/ontology/run/{run.pk}/change/", "/admin/ontology/run/load/", "/admin/ontology/run/"):
        watched.go(path)
        assert watched.overflow() <= 0, path
        assert watched.page.evaluate(AUDIT) == [], path
