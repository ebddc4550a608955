"""Quarantine in a browser: read, repaired, discarded, and groups chosen, on a desk and on a phone, without faults for screen readers."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from ontology.models import Group, QuarantinedRow, Thing
from tests.browser.conftest import Watched
from tests.browser.test_access import AUDIT
from tests.ontology.legacy_exports import load, write_export
from tests.ontology.test_migrate_ontology import migrate
from tests.ontology.test_quarantine import TABLES

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]
LIST = "/admin/ontology/quarantinedrow/"


@pytest.fixture(autouse=True)
def _migrated(catalogue: None, tmp_path: Path) -> None:
    load(write_export(tmp_path / "export.zip", TABLES))
    migrate(tmp_path, "--no-backup")
    Thing.objects.create(type="product", name="Waiting", schema_version=0)  # the front page says so


def pages() -> list[str]:
    rows = QuarantinedRow.objects.filter(reason__in=["orphaned", "broken_json"])
    return ["/admin/", LIST, f"{LIST}review/", *(f"{LIST}{row.pk}/change/" for row in rows)]


def test_quarantine__by_day(desktop: Watched) -> None:
    for path in pages():
        desktop.go(path)
        assert desktop.page.evaluate(AUDIT) == [], path
    torn = Thing.objects.get(name="Torn")
    desktop.go(f"{LIST}review/")
    desktop.page.get_by_role("button", name="Move Torn to shop").click()
    expect(desktop.page.get_by_text("No thing waits for a group.")).to_be_visible()
    torn.refresh_from_db()
    assert torn.group == Group.objects.get(slug="shop")

    row = QuarantinedRow.objects.get(reason="orphaned")
    desktop.go(f"{LIST}{row.pk}/change/")
    desktop.page.get_by_label("Why").fill("Not ours")
    desktop.page.get_by_role("button", name="Discard").click()
    expect(desktop.page.get_by_text("The row is discarded.")).to_be_visible()
    expect(desktop.page.get_by_text("Not ours")).to_be_visible()


def test_quarantine__on_a_phone_at_night(phone: Watched) -> None:
    for path in pages():
        phone.go(path)
        assert (phone.page.evaluate(AUDIT), phone.overflow()) == ([], 0), path
