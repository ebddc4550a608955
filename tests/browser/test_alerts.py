"""Alerts in a browser: acknowledged and tried by clicking only, and pages that fit and can be read, with none, some and many rows."""

from typing import Any

import pytest
from playwright.sync_api import expect

from monitoring.choices import Severity
from monitoring.models import Alert, Channel, Delivery
from monitoring.services.alerts import condition_observed
from monitoring.services.sending import deliveries_send
from tests.browser.conftest import Watched
from tests.browser.test_access import AUDIT
from tests.factories import PASSWORD, make_group
from tests.monitoring.making import SECRET, make_channel
from tests.monitoring.receivers import receiving

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]
LISTS = ("alert", "delivery", "channel", "personhours")


def alerts_make(count: int) -> None:
    """COUNT alerts of all severities, some with long words, told by a channel that is up and one that is down."""
    make_channel("log", name="Log of the worker")
    make_channel("webhook", name="A webhook with a name that is rather long for a phone", secret=SECRET, address="https://127.0.0.1/hook")
    severities = list(Severity)
    for number in range(count):
        condition_observed(
            name=f"a_condition_with_a_long_name_{number}" if number % 3 else f"orphaned_connection_{number}",
            group=make_group(name=f"North {number}") if number % 2 else None,
            severity=severities[number % 4],
            summary="Of 1,250,000 connections 3 have an end that is missing or deleted." * (1 + number % 2),
            value=3.0,
            threshold=0.0,
            details={"ids": [str(number)] * 3},
        )
    deliveries_send()


@pytest.mark.parametrize(("window", "count"), [("desktop", 0), ("night", 3), ("phone", 3), ("phone", 30)])
def test_alert_pages__fit_and_are_readable(request: pytest.FixtureRequest, window: str, count: int) -> None:
    alerts_make(count)
    watched: Watched = request.getfixturevalue(window)
    addresses = [f"/admin/monitoring/{name}/" for name in LISTS]
    addresses += [f"/admin/monitoring/channel/{Channel.objects.latest('id').pk}/change/", "/admin/monitoring/channel/add/", "/admin/"]
    if count:
        addresses += [f"/admin/monitoring/alert/{Alert.objects.latest('id').pk}/change/"]
        addresses += [f"/admin/monitoring/delivery/{Delivery.objects.latest('id').pk}/change/"]

    for address in addresses:
        watched.go(address)
        assert watched.overflow() <= 0, address
        assert watched.page.evaluate(AUDIT) == [], address


def test_alert__is_acknowledged_assigned_and_snoozed_by_clicking_only(desktop: Watched) -> None:
    alerts_make(1)
    page = desktop.page
    desktop.go("/admin/")
    page.get_by_role("link", name="Orphaned connection 0").click()
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("somebody is at it")).to_be_visible()
    page.get_by_label("Owner").select_option("ada@example.org")
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_text("answers for it now")).to_be_visible()
    page.get_by_label("Tell nothing for").select_option("4 hours")
    page.get_by_role("button", name="Snooze").click()
    expect(page.get_by_text("until").first).to_be_visible()

    alert = Alert.objects.get()
    assert (str(alert.acknowledged_by), str(alert.owner), alert.snoozed_until is not None) == ("Ada", "Ada", True)


def test_channel__is_made_tried_and_shown_its_answer(desktop: Watched, settings: Any) -> None:
    with receiving() as receiver:
        settings.OUTGOING_TEST_RECEIVERS = {receiver.place: ""}
        page = desktop.page
        desktop.go("/admin/monitoring/channel/add/")
        page.locator("#id_name").fill("Hook")
        page.locator("#id_kind").select_option("webhook")
        page.locator("#id_address").fill(receiver.url)
        page.get_by_role("button", name="Save", exact=True).click()
        secret = page.locator("#secret").inner_text()
        page.get_by_role("link", name="Done: to the channel").click()
        page.get_by_role("button", name="Send a test message").click()
        expect(page.get_by_text("It was taken. The answer: 200 ok")).to_be_visible()

    assert secret.startswith("whsec_")
    assert len(receiver.posts) == 1
    assert secret not in page.content()
    assert PASSWORD not in page.content()
