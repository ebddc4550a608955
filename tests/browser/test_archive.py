"""Archives in a browser: a restore by clicking only, and pages that fit and can be read, with none, some and many batches."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from archival.models import ArchiveBatch
from archival.tasks import restore_events
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Group, Run
from tests.archival.world import archived, old_events
from tests.browser.conftest import Watched
from tests.browser.test_access import AUDIT
from tests.factories import make_archive_batch, make_group

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def group(tmp_path: Path, settings: Any) -> Group:
    (tmp_path / "archive").mkdir()
    settings.ARCHIVE_URL = (tmp_path / "archive").as_uri()
    with acting(PLATFORM_SCOPE):
        group = make_group(name="North")
        old_events(group, 12)
        archived(group)
    return group


def test_restore__by_clicking_only(desktop: Watched, group: Group) -> None:
    page = desktop.page
    desktop.go(f"/admin/ontology/group/{group.pk}/change/")
    page.get_by_role("link", name="Archive of this group").click()
    page.get_by_label("From").fill("2024-05-01")
    page.get_by_role("button", name="Restore …").click()
    expect(page.get_by_text("12 events")).to_be_visible()
    page.get_by_role("button", name="Restore them").click()
    page.wait_for_url("**/admin/ontology/run/**")
    run = Run.objects.get(kind="restore")
    with acting(PLATFORM_SCOPE):
        restore_events(str(run.pk))
    desktop.go("/admin/archival/archivebatch/")

    expect(page.get_by_text("Restored").first).to_be_visible()
    assert ArchiveBatch.objects.get().state == "restored"


@pytest.mark.parametrize("window", ["desktop", "night", "phone"])
def test_archive_pages__fit_and_are_readable(request: pytest.FixtureRequest, window: str, group: Group) -> None:
    watched: Watched = request.getfixturevalue(window)
    path = f"/admin/archival/archivebatch/group/{group.pk}/"

    for address in (path, f"{path}report/", f"{path}restore/?days=7", "/admin/archival/archivebatch/"):
        watched.go(address)
        assert watched.overflow() <= 0, address
        assert watched.page.evaluate(AUDIT) == [], address


def test_batches__none_and_ten_thousand(desktop: Watched) -> None:
    desktop.go("/admin/archival/archivebatch/")
    expect(desktop.page.locator("#main")).to_contain_text("0 batches")
    group, made = make_group(), []
    for number in range(10_000):
        batch = (
            ArchiveBatch(**{field.attname: getattr(made[0], field.attname) for field in ArchiveBatch._meta.fields if field.attname != "id"})
            if made
            else make_archive_batch(group)
        )
        batch.key = f"object-of-{number}"
        batch.min_timestamp = batch.max_timestamp = datetime(2020, 1, 1, tzinfo=UTC)
        made.append(batch)
    ArchiveBatch.objects.bulk_create(made[1:])

    desktop.go("/admin/archival/archivebatch/")
    expect(desktop.page.locator("#main")).to_contain_text("10,000 batches")
    desktop.go(f"/admin/archival/archivebatch/group/{group.pk}/")
    assert desktop.overflow() <= 0
