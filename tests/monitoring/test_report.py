"""The weekly report: the same numbers as a page, an e-mail and JSON, sent once a week to those who want it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from monitoring.models import Alert, Delivery, WeeklyReport
from monitoring.services.report import monday_before, report_send, weekly_report
from monitoring.services.sending import deliveries_send
from ontology.models import Event
from tests.factories import make_alert, make_group, make_person, make_staff, staff_sign_in
from tests.monitoring.clocks import Clock
from tests.monitoring.making import SECRET, make_channel
from tests.monitoring.receivers import receiving

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 6, 8, 6, 0, tzinfo=UTC)


@pytest.fixture
def week(clock: Clock) -> Clock:
    """A week with three alerts in it, and one before it."""
    clock.now = MONDAY
    for days, severity in ((1, "critical"), (2, "warning"), (6, "warning"), (9, "emergency")):
        make_alert(make_group(name="Acme <b>"), severity=severity, opened_at=MONDAY - timedelta(days=days))
    Alert.objects.filter(severity="critical").update(state="resolved", resolved_at=MONDAY)
    return clock


def test_weekly_report__counts_its_week_alone(week: Clock) -> None:
    told = weekly_report(monday_before(week.now)).as_data()["sections"]

    assert told["alerts"]["summary"] == "3 opened (1 critical, 2 warning), 2 of them not over."
    assert len(told["alerts"]["rows"]) == 3
    assert told["jobs"]["summary"] == "No job of the clock failed."
    assert list(told) == ["quality", "alerts", "messages", "jobs", "seal"]


def test_weekly_report__tells_the_platform_and_the_groups_that_are_not_well(week: Clock) -> None:
    monday = monday_before(week.now).date() - timedelta(days=7)
    counted = {"opened": 3, "resolved": 1, "open": 2}
    for name, standing, declined in (
        ("Well", "healthy", []),
        ("Ill", "critical", []),
        ("Worse", "healthy", ["schema_compliance"]),
        (None, "warning", []),
    ):
        body = {"declined": declined, "findings": counted}
        WeeklyReport.objects.create(group=make_group(slug=name.lower(), name=name) if name else None, week=monday, standing=standing, body=body)

    told = weekly_report(monday_before(week.now)).as_data()["sections"]["quality"]

    assert told["summary"] == "The data is warning."
    assert sorted(told["rows"]) == [
        ["Ill", "critical", "nothing", "3", "1", "2"],
        ["Worse", "healthy", "schema compliance", "3", "1", "2"],
        ["the platform", "warning", "nothing", "3", "1", "2"],
    ]


def test_monday_before() -> None:
    assert monday_before(datetime(2026, 6, 14, 23, 59, tzinfo=UTC)) == datetime(2026, 6, 8, tzinfo=UTC)
    assert monday_before(datetime(2026, 6, 15, 0, 0, tzinfo=UTC)) == datetime(2026, 6, 15, tzinfo=UTC)


def test_report_send__once_a_week_to_those_who_want_it(week: Clock, mailoutbox: Any, settings: Any) -> None:
    with receiving() as receiver:
        settings.OUTGOING_TEST_RECEIVERS = {receiver.place: ""}
        make_channel("email", address="boss@example.org", reports=True)
        make_channel("webhook", address=receiver.url, secret=SECRET, reports=True)
        make_channel("log", name="Wants none")
        first, second = report_send(), report_send()
        deliveries_send()
        week.passes(days=7)
        third = report_send()

    (mail,) = mailoutbox
    ((html, kind),) = mail.alternatives
    assert (first, second, third) == (2, 0, 2)
    assert (mail.subject, kind) == ("Report. Week from 2026-06-01 to 2026-06-08", "text/html")
    assert "Acme &lt;b&gt;" in html
    assert "3 opened (1 critical, 2 warning)" in mail.body
    assert b"<html" not in receiver.posts[0].body
    assert Event.objects.filter(type="monitoring_summary").count() == 2
    assert Delivery.objects.filter(change="report", state="sent").count() == 2


def test_report_page__is_the_same_as_its_json(week: Clock, client: Client) -> None:
    week.now = datetime.now(UTC)
    staff_sign_in(client, make_staff())

    page = client.get("/admin/monitoring/alert/report/?week=2026-06-08")
    data = client.get("/admin/monitoring/alert/report/?week=2026-06-08&format=json").json()

    assert page.status_code == 200
    assert data["sections"]["alerts"]["summary"] in page.content.decode()


def test_report_page__is_closed_to_staff_who_do_not_see_every_group(client: Client) -> None:
    staff_sign_in(client, make_person(is_staff=True))

    assert client.get("/admin/monitoring/alert/report/").status_code == 403
    assert client.post("/admin/monitoring/alert/report/send/").status_code == 403
