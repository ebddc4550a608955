"""The admin of data quality: who sees what, what its buttons do, and that nothing is done before it is confirmed."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.models import DataQualitySnapshot, Finding, QualityThreshold
from monitoring.services.checking import CheckJob
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Event, Group, Person, Run
from ontology.services.runs import Driver
from tests.factories import make_finding, make_group, make_membership, make_snapshot, make_staff, staff_sign_in
from tests.monitoring.planting import make_connection, make_thing, sql

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


def signed_in(client: Client, **fields: Any) -> Person:
    person = make_staff(**fields)
    staff_sign_in(client, person)
    return person


def staff_of(client: Client, group: Group, *rights: str) -> Person:
    """Somebody of the staff who is a member of GROUP, with RIGHTS of monitoring."""
    person = signed_in(client, is_superuser=False, platform_role="")
    make_membership(group, person, role="group_owner")
    person.user_permissions.set(Permission.objects.filter(content_type__app_label="monitoring", codename__in=rights))
    return person


def test_dashboard__without_any_snapshot(client: Client) -> None:
    signed_in(client)
    page = client.get(reverse("admin:monitoring_quality")).content.decode()
    assert "There is no snapshot yet." in page
    assert "Nothing that a check found is open." in page


def test_dashboard__tells_the_worst_of_snapshot_and_findings(client: Client) -> None:
    signed_in(client)
    make_snapshot(None, timestamp=timezone.now(), day=timezone.now().date())
    assert "<strong>Healthy</strong>" in client.get(reverse("admin:monitoring_quality")).content.decode()
    make_finding(make_group())
    assert "<strong>Critical</strong>" in client.get(reverse("admin:monitoring_quality")).content.decode()


def test_dashboard__of_a_member_is_of_own_groups_alone(client: Client) -> None:
    own, other = make_group(name="Ours"), make_group(name="Theirs")
    staff_of(client, own, "view_dataqualitysnapshot", "view_finding")
    make_finding(own, record_id="our-row")
    make_finding(other, record_id="their-row")
    address = reverse("admin:monitoring_quality")
    page = client.get(address).content.decode()
    assert ("Data quality of Ours" in page, "Theirs" in page, "The whole platform" in page, 'value="check"' in page) == (True, False, False, False)
    assert client.get(f"{address}?group={other.pk}").status_code == 404
    listed = client.get(reverse("admin:monitoring_finding_changelist")).content.decode()
    assert ("1 finding" in listed, "their-row" in listed) == (True, False)


def test_pages__need_their_rights(client: Client) -> None:
    group = make_group()
    staff_of(client, group)
    finding = make_finding(group)
    assert client.get(reverse("admin:monitoring_quality")).status_code == 403
    assert client.get(f"{reverse('admin:monitoring_finding_repair')}?finding={finding.pk}").status_code == 403
    assert client.post(reverse("admin:monitoring_quality")).status_code == 403


def test_actions__acknowledge_take_and_snooze(client: Client) -> None:
    person, group = signed_in(client), make_group()
    finding = make_finding(group)
    for action in ("acknowledge", "take", "snooze"):
        client.post(reverse("admin:monitoring_finding_changelist"), {"action": action, "_selected_action": [str(finding.pk)]})
    finding.refresh_from_db()
    assert (finding.state, finding.owner, finding.acknowledged_by) == ("acknowledged", person, person)
    assert finding.snoozed_until is not None
    address = reverse("admin:monitoring_finding_changelist")
    client.get(address)  # which shows what the acts have told
    assert str(finding.pk) not in client.get(address).content.decode()
    assert str(finding.pk) in client.get(f"{address}?state=snoozed").content.decode()
    client.post(f"{address}?state=snoozed", {"action": "wake", "_selected_action": [str(finding.pk)]})
    assert str(finding.pk) in client.get(address).content.decode()


@pytest.mark.parametrize(("query", "count"), [("state=resolved", 1), ("state=all", 3), ("rule__exact=cycle", 1), ("severity__exact=critical", 1)])
def test_list__filters(client: Client, query: str, count: int) -> None:
    signed_in(client)
    group = make_group()
    make_finding(group, rule="cycle", severity="warning")
    make_finding(group)
    make_finding(group, state="resolved", resolved_at=timezone.now())
    page = client.get(f"{reverse('admin:monitoring_finding_changelist')}?{query}").content.decode()
    assert f"{count} finding" in page


def test_repair__shows_first_and_waits_for_the_password(client: Client) -> None:
    person, group = make_staff(), make_group()
    staff_sign_in(client, person, minutes_ago=15)
    link = make_connection(group)
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    finding = make_finding(group, record_id=str(link.pk))
    address = reverse("admin:monitoring_finding_repair")
    shown = client.get(f"{address}?finding={finding.pk}").content.decode()
    assert "1 of 1 row would change as shown." in shown
    asked = client.post(address, {"finding": [str(finding.pk)], "act": "repair"}).content.decode()
    assert "needs your password" in asked
    assert Run.objects.count() == 0


def test_repair__begins_a_run(client: Client) -> None:
    person, group = signed_in(client), make_group()
    finding = make_finding(group)
    answer = client.post(reverse("admin:monitoring_finding_repair"), {"finding": [str(finding.pk)], "act": "repair"})
    run = Run.objects.get()
    assert (answer.status_code, run.kind, run.person, run.parameters["findings"]) == (302, "repair", person, [str(finding.pk)])
    none = make_finding(group, rule="malformed_properties", kind="thing")
    client.post(reverse("admin:monitoring_finding_repair"), {"finding": [str(none.pk)], "act": "repair"})
    assert Run.objects.count() == 1


def test_check_now__runs_and_takes_a_snapshot(client: Client) -> None:
    signed_in(client)
    group = make_group()
    make_thing(group, type="creator", properties={"role": "pirate"})
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    client.post(f"{reverse('admin:monitoring_quality')}?group={group.pk}", {"act": "check"})
    run = Run.objects.get(kind="check")
    with acting(PLATFORM_SCOPE):
        done = Driver(CheckJob()).drive(run.pk)
    assert (done.state, done.result) == ("succeeded", {"opened": 1, "seenAgain": 0, "resolved": 0})
    assert (Finding.objects.get().rule, DataQualitySnapshot.objects.get().standing) == ("malformed_properties", "critical")
    assert Event.objects.filter(group=group, type="monitoring_snapshot").count() == 1


def test_undo_page__of_no_repair_is_not_there(client: Client) -> None:
    signed_in(client)
    run = Run.objects.create(kind="import", state="succeeded")
    assert client.get(reverse("admin:monitoring_repair_undo", args=[run.pk])).status_code == 404


def test_threshold__is_of_a_group_or_a_plan(client: Client) -> None:
    signed_in(client)
    group, address = make_group(), reverse("admin:monitoring_qualitythreshold_add")
    told = {"metric": "schema_compliance", "healthy": "80", "warning": "70"}
    assert "Choose a group or a plan" in client.post(address, told).content.decode()
    assert "lies beyond the last healthy value" in client.post(address, {**told, "group": str(group.pk), "warning": "90"}).content.decode()
    assert client.post(address, {**told, "group": str(group.pk)}).status_code == 302
    threshold = QualityThreshold.objects.get()
    assert (
        Event.objects.filter(type="settings_updated", metadata__change="qualitythreshold").count() == 1
        or Event.objects.filter(type="settings_updated").exists()
    )
    client.post(reverse("admin:monitoring_qualitythreshold_delete", args=[threshold.pk]), {"post": "yes"})
    assert QualityThreshold.objects.count() == 0
