"""Who may do what on the pages of alerts, messages and channels; and that no secret comes out of them."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from monitoring.encryption import opened
from monitoring.errors import SecretUnreadable
from monitoring.models import Alert, Channel, Delivery
from ontology.models import Event, Person
from tests.factories import make_alert, make_delivery, make_group, make_membership, make_person, make_staff, staff_sign_in
from tests.monitoring.making import ROUTING_KEY, SECRET, make_channel

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
FIELDS = {"enabled": "on", "covers": "all", "min_severity": "warning", "time_zone": "UTC", "quiet_passes": "critical"}


def staff_with(*rights: str) -> Person:
    """Staff with these rights alone, who see every group."""
    person = make_person(is_staff=True)
    codes = [*(right.partition(".")[2] for right in rights), "see_every_group"]
    person.user_permissions.set(Permission.objects.filter(codename__in=codes))
    return person


def acted(client: Client, alert: Alert, act: str, **fields: Any) -> int:
    return client.post(reverse("admin:monitoring_alert_act", args=[alert.pk, act]), fields).status_code


def test_acts__need_their_right(client: Client) -> None:
    alert = make_alert()
    staff_sign_in(client, staff_with("monitoring.view_alert"))

    page = client.get(reverse("admin:monitoring_alert_change", args=[alert.pk]))
    statuses = [acted(client, alert, act) for act in ("acknowledge", "assign", "snooze")]

    assert (page.status_code, b"Acknowledge<" in page.content, statuses) == (200, False, [403, 403, 403])
    assert Alert.objects.get().acknowledged_at is None


def test_acts__are_done_and_recorded(client: Client) -> None:
    alert, owner = make_alert(), make_staff()
    staff_sign_in(client, staff_with("monitoring.view_alert", "monitoring.work_on_alert"))

    statuses = [acted(client, alert, "acknowledge"), acted(client, alert, "assign", owner=str(owner.pk)), acted(client, alert, "snooze", hours="4")]
    strange = [acted(client, alert, "assign", owner="x"), acted(client, alert, "snooze", hours="0"), acted(client, alert, "delete")]

    found = Alert.objects.get()
    assert (statuses, strange) == ([302, 302, 302], [302, 302, 404])
    assert (found.acknowledged_at is not None, found.owner, found.snoozed_until) == (True, None, None)
    changes = list(Event.objects.filter(type="monitoring_alert").order_by("id").values_list("metadata__change", flat=True))
    assert changes == ["acknowledged", "assigned", "snoozed", "assigned", "snoozed"]


def test_alerts__of_groups_out_of_reach_are_not_there(client: Client) -> None:
    mine, other = make_group(), make_group()
    person = make_person(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=["view_alert", "work_on_alert"]))
    make_membership(mine, person, role="group_owner")
    near, far, platform = make_alert(mine), make_alert(other), make_alert()
    staff_sign_in(client, person)

    pages = [client.get(reverse("admin:monitoring_alert_change", args=[alert.pk])).status_code for alert in (near, far, platform)]
    acts = [acted(client, alert, "acknowledge") for alert in (near, far, platform)]

    assert (pages, acts) == ([200, 302, 302], [302, 404, 404])
    assert list(Alert.objects.filter(acknowledged_at__isnull=False)) == [near]


def test_redelivery__needs_its_right_and_is_recorded(client: Client) -> None:
    delivery = make_delivery(state="failed")
    address = reverse("admin:monitoring_delivery_redeliver", args=[delivery.pk])
    staff_sign_in(client, staff_with("monitoring.view_delivery"))
    refused = client.post(address).status_code
    staff_sign_in(client, staff_with("monitoring.view_delivery", "monitoring.work_on_alert"))

    done = client.post(address).status_code

    assert (refused, done, Delivery.objects.get().state) == (403, 302, "waiting")
    assert Event.objects.filter(metadata__change="redelivered").count() == 1


def test_channel__secret_goes_in_and_never_comes_out(client: Client) -> None:
    staff_sign_in(client, make_staff())
    sent = {**FIELDS, "name": "Pager", "kind": "pagerduty", "secret_text": ROUTING_KEY}

    made = client.post(reverse("admin:monitoring_channel_add"), sent)
    channel = Channel.objects.get(name="Pager")
    page = client.get(reverse("admin:monitoring_channel_change", args=[channel.pk])).content.decode()
    changed = client.post(reverse("admin:monitoring_channel_change", args=[channel.pk]), {**sent, "secret_text": "", "name": "Night"})

    kept = Channel.objects.get(name="Night")
    events = " ".join(str(event.metadata) for event in Event.objects.filter(type="settings_updated"))
    assert (made.status_code, changed.status_code) == (302, 302)
    assert opened(bytes(kept.secret or b""), kept.pk) == ROUTING_KEY
    assert ROUTING_KEY not in page + events
    assert "set anew" in events


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("address", {"kind": "email", "address": "nobody"}),
        ("address", {"kind": "webhook", "address": "ftp://example.org"}),
        ("address", {"kind": "webhook", "address": "https://user:word@example.org"}),
        ("secret_text", {"kind": "slack"}),
        ("secret_text", {"kind": "slack", "secret_text": "not an address"}),
        ("secret_text", {"kind": "pagerduty"}),
        ("group", {"kind": "log", "covers": "group"}),
        ("quiet_until", {"kind": "log", "quiet_from": "22:00"}),
    ],
)
def test_channel__that_could_tell_nothing_is_refused_with_its_field(client: Client, field: str, fields: dict[str, str]) -> None:
    staff_sign_in(client, make_staff())

    answer = client.post(reverse("admin:monitoring_channel_add"), {**FIELDS, "name": "New", **fields})

    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [field]
    assert not Channel.objects.filter(name="New").exists()


def test_channel__changing_one_asks_for_the_password_again(client: Client) -> None:
    staff_sign_in(client, make_staff(), minutes_ago=30)

    answer = client.post(reverse("admin:monitoring_channel_add"), {**FIELDS, "name": "New", "kind": "log"})

    assert "needs your password" in answer.content.decode()
    assert not Channel.objects.filter(name="New").exists()


def test_rotation__shows_a_new_secret_once(client: Client) -> None:
    channel = make_channel("webhook", secret=SECRET, address="https://hooks.example/")
    staff_sign_in(client, make_staff())

    shown = client.post(reverse("admin:monitoring_channel_rotate", args=[channel.pk]))
    looked = client.get(reverse("admin:monitoring_channel_rotate", args=[channel.pk]))

    kept = Channel.objects.get(pk=channel.pk)
    now, before = opened(bytes(kept.secret or b""), kept.pk), opened(bytes(kept.secret_before or b""), kept.pk)
    assert ("no-store" in shown["Cache-Control"], now in shown.content.decode(), before, looked.status_code) == (True, True, SECRET, 302)


def test_secret__is_bound_to_its_channel_and_key(settings: Any) -> None:
    channel = make_channel("webhook", secret=SECRET, address="https://hooks.example/")
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [old]
    turned = opened(bytes(channel.secret or b""), channel.pk)
    settings.SECRET_KEY_FALLBACKS = []

    for key in (channel.pk, uuid.uuid4()):
        with pytest.raises(SecretUnreadable):
            opened(bytes(channel.secret or b""), key)

    assert turned == SECRET


def test_front_page__tells_open_alerts_the_worst_first(client: Client) -> None:
    for name, severity in (("a_small_thing", "info"), ("a_big_thing", "emergency")):
        make_alert(name=name, severity=severity)
    staff_sign_in(client, make_staff())

    page = client.get(reverse("admin:index")).content.decode()

    assert 0 < page.index("A big thing") < page.index("A small thing")
    assert "2, the worst first." in page
