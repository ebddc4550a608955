"""Data quality in a browser: no snapshot, one, two years of them; a repair and its undoing by clicking only."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from monitoring.models import Alert, Finding
from monitoring.services.findings import check_and_write
from monitoring.tasks import repair, undo_repair
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Connection, Group, Run, Thing
from ontology.services.record import event_record
from tests.browser.conftest import Watched
from tests.browser.test_access import AUDIT
from tests.factories import make_group, make_run
from tests.monitoring.planting import make_connection, make_thing
from tests.monitoring.snapshots import snapshots_plant

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]
QUALITY = "/admin/monitoring/dataqualitysnapshot/quality/"


def broken(group: Group, count: int) -> None:
    """So many connections of GROUP that lead to a deleted thing."""
    end, start = make_thing(group), make_thing(group, type="creator")
    for _ in range(count):
        make_connection(group, start, end)
        start = make_thing(group, type="creator")
    Thing.objects.filter(pk=end.pk).update(deleted_at=timezone.now())
    with acting(PLATFORM_SCOPE):
        check_and_write()


def happenings(group: Group) -> None:
    """What marks on charts tell: an import, a change of plan, an alert."""
    make_run(kind="import", group=group, done=12_345, finished_at=timezone.now())
    with acting(PLATFORM_SCOPE):
        event_record(group, "plan_changed", metadata={"from": "starter", "to": "pro"})
    now = timezone.now()
    Alert.objects.create(
        name="check.cycle", group=group, severity="warning", told_severity="warning", summary="Circles: 3.", opened_at=now, seen_at=now
    )


@pytest.mark.parametrize(("window", "days"), [("desktop", 0), ("phone", 1), ("night", 730), ("phone", 730)])
def test_dashboard__fits_and_is_readable(request: pytest.FixtureRequest, window: str, days: int) -> None:
    group = make_group(name="North")
    for each in (group, None):
        snapshots_plant(each, days, compliance=lambda ago: 96.2 + 0.004 * ago)
    if days:
        happenings(group)
    watched: Watched = request.getfixturevalue(window)
    for address in (QUALITY, f"{QUALITY}?group={group.pk}&days=730"):
        watched.go(address)
        assert watched.overflow() <= 0, address
        assert watched.page.evaluate(AUDIT) == [], address


@pytest.mark.parametrize("window", ["phone"])
def test_findings__fit_and_are_readable(request: pytest.FixtureRequest, window: str) -> None:
    group = make_group(name="North")
    snapshots_plant(None, 3)
    broken(group, 12)
    finding = Finding.objects.first()
    assert finding is not None
    watched: Watched = request.getfixturevalue(window)
    for address in (
        "/admin/monitoring/finding/",
        f"/admin/monitoring/finding/{finding.pk}/change/",
        f"/admin/monitoring/finding/repair/?finding={finding.pk}",
        "/admin/monitoring/dataqualitysnapshot/",
        "/admin/monitoring/qualitythreshold/add/",
    ):
        watched.go(address)
        assert watched.overflow() <= 0, address
        assert watched.page.evaluate(AUDIT) == [], address


def test_repair_and_its_undoing__by_clicking_only(desktop: Watched) -> None:
    group = make_group(name="North")
    broken(group, 3)
    page = desktop.page
    desktop.go("/admin/monitoring/finding/")
    page.get_by_role("link", name="Connections without an end").first.click()
    page.get_by_role("link", name="Repair …").click()
    expect(page.get_by_text("1 of 1 row would change as shown.")).to_be_visible()
    page.get_by_role("button", name="Repair 1 row").click()
    page.wait_for_url("**/admin/ontology/run/**")
    worked(repair, "repair")
    assert Connection.objects.filter(deleted_at__isnull=False).count() == 1

    desktop.go(QUALITY)
    page.get_by_role("link", name="Undo …").click()
    page.get_by_role("button", name="Undo the repair").click()
    page.wait_for_url("**/admin/ontology/run/**")
    worked(undo_repair, "repair_undo")
    assert Connection.objects.filter(deleted_at__isnull=False).count() == 0
    assert Finding.objects.exclude(state="resolved").count() == 3


def worked(task: Any, kind: str) -> None:
    """What a worker does with the run that was begun."""
    with acting(PLATFORM_SCOPE):
        task(str(Run.objects.get(kind=kind).pk))
