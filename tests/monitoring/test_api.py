"""The alerts of a group over HTTP."""

from typing import Any

import pytest

from monitoring.models import Alert
from ontology.models import Event, Group
from tests.factories import make_alert, make_group, make_membership, make_person
from tests.ontology.api.client import Api, make_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> Group:
    return make_group(slug="shop")


@pytest.fixture
def api(group: Group) -> Api:
    person = make_person()
    make_membership(group, person, role="group_owner")
    return Api(token=make_token(person))


def test_alerts__are_those_of_the_group_in_the_state_asked_for(api: Api, group: Group) -> None:
    first, second = make_alert(group, name="first"), make_alert(group, name="second", severity="critical", value=3.0, threshold=0.0)
    make_alert(make_group(), name="foreign")
    make_alert(None, name="platform")
    Alert.objects.filter(pk=first.pk).update(state="recovering", healthy_since=first.seen_at)

    every: Any = api("GET", "groups/shop/alerts/").json()["items"]
    still: Any = api("GET", "groups/shop/alerts/?state=open").json()["items"]

    assert {item["name"] for item in every} == {"first", "second"}
    assert [(item["id"], item["severity"], item["value"], item["acknowledgedAt"]) for item in still] == [(str(second.pk), "critical", 3.0, None)]


def test_alert_acknowledge__is_recorded_with_its_person(api: Api, group: Group) -> None:
    alert = make_alert(group)

    answer = api("POST", f"groups/shop/alerts/{alert.pk}/acknowledge/")

    assert (answer.status_code, answer.json()["acknowledgedAt"] is not None) == (200, True)
    event = Event.objects.get(type="monitoring_alert")
    assert (event.metadata["change"], event.person_id, event.metadata["by"]["door"]) == (
        "acknowledged",
        Alert.objects.get().acknowledged_by_id,
        "api",
    )


def test_alert_acknowledge__of_one_that_is_over_or_elsewhere_is_refused(api: Api, group: Group) -> None:
    alert = make_alert(group)
    Alert.objects.update(state="resolved", resolved_at=alert.seen_at)
    other = make_alert(make_group())

    answers = [api("POST", f"groups/shop/alerts/{key}/acknowledge/") for key in (alert.pk, other.pk)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "alert_closed"), (404, "not_found")]
    assert Alert.objects.filter(acknowledged_at__isnull=False).count() == 0
