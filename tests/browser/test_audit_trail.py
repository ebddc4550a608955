"""The audit trail of a thing in a browser: read on a phone and at a desk, paged, without faults for screen readers."""

import pytest
from playwright.sync_api import expect

from ontology.choices import Door
from ontology.models import Person, Thing
from ontology.services.actor import Actor
from ontology.services.connection_changes import connection_delete
from ontology.services.single import connection_create, thing_change, thing_create
from tests.browser.conftest import Watched
from tests.browser.test_access import AUDIT
from tests.factories import make_event, make_group

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]


def fill() -> Thing:
    group, ada = make_group(name="North"), Actor(Person.objects.get(email="ada@example.org"), Door.ADMIN, "request-1")
    disc = thing_create(group, {"type": "note", "name": "Compact disc"}, actor=ada)
    other = thing_create(group, {"type": "note", "name": "Gone from it"}, actor=ada)
    connection_delete(connection_create(group, {"from": str(disc.pk), "to": str(other.pk), "type": "transacted"}, actor=ada))
    return thing_change(disc, {"name": "Compact disc, remastered", "properties": {"price": 6.5}}, actor=ada)


def test_audit_trail__from_the_thing_to_older_events(desktop: Watched) -> None:
    disc = fill()
    for _ in range(30):
        make_event(disc.group, target=disc)

    desktop.go(f"/admin/ontology/thing/{disc.pk}/change/")
    desktop.page.get_by_role("link", name="Audit trail").click()
    expect(desktop.page.locator(".sextant-trail")).to_contain_text("Compact disc → Compact disc, remastered")
    expect(desktop.page.get_by_role("region", name="Deleted connections").first).to_contain_text("Gone from it")
    desktop.page.get_by_role("link", name="Older events").click()
    desktop.page.wait_for_load_state("networkidle")
    expect(desktop.page.locator(".sextant-trail")).to_contain_text("content_event")
    desktop.page.get_by_role("link", name="Back to the latest").click()

    expect(desktop.page.locator(".sextant-trail")).to_contain_text("Admin session")


@pytest.mark.parametrize("window", ["desktop", "night", "phone"])
def test_audit_trail__fits_and_is_readable(request: pytest.FixtureRequest, window: str) -> None:
    watched: Watched = request.getfixturevalue(window)

    watched.go(f"/admin/ontology/thing/{fill().pk}/audit/")

    assert watched.overflow() <= 0
    assert watched.page.evaluate(AUDIT) == []
