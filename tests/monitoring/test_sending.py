"""The outbox: nothing is lost while a channel is down, a worker that dies sends again, quiet hours hold and let go."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from monitoring.choices import Category, Severity
from monitoring.models import Alert, Delivery, PersonHours
from monitoring.quiet import quiet_end
from monitoring.services.alerts import alert_assign, alerts_settle, condition_observed
from monitoring.services.sending import DELAYS_SECONDS, channel_test, deliveries_send, delivery_redeliver, next_attempt
from ontology.models import Event, Group
from ontology.services.actor import Actor
from tests.addresses import ROOT, surroundings
from tests.factories import make_group, make_person
from tests.monitoring.clocks import Clock
from tests.monitoring.making import SECRET, make_channel
from tests.monitoring.receivers import Receiver, receiving
from tests.roles import as_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings: Any) -> Any:
    with receiving() as found:
        settings.OUTGOING_TEST_RECEIVERS = {found.place: ""}
        yield found


def observe(severity: Severity | None, *, name: str = "a_check", group: Group | None = None, category: Category = Category.DATABASE) -> None:
    condition_observed(name=name, group=group, severity=severity, summary="Seen", category=category)


def changes(receiver: Receiver) -> list[str]:
    """What was told, as the receiver had it."""
    return [json.loads(post.body)["data"]["change"] for post in receiver.posts]


def test_delivery__is_written_with_the_event_or_not_at_all() -> None:
    with transaction.atomic():
        observe(Severity.WARNING)
        transaction.set_rollback(True)

    assert (Alert.objects.count(), Delivery.objects.count(), Event.objects.filter(type="monitoring_alert").count()) == (0, 0, 0)


def test_deliveries_send__channel_that_is_down_for_two_days_loses_nothing(receiver: Receiver, clock: Clock) -> None:
    make_channel("webhook", secret=SECRET, address=receiver.url)
    receiver.answers = [(503, b"down")]
    observe(Severity.WARNING)
    observe(Severity.CRITICAL)
    observe(None)
    clock.passes(seconds=600)
    alerts_settle()
    began = clock.now
    while clock.now - began < timedelta(days=2):
        deliveries_send()
        clock.passes(minutes=30)
    tried = len(receiver.posts)
    receiver.answers = [(200, b"ok")]
    for _ in range(50):
        deliveries_send()
        clock.passes(minutes=30)

    assert tried == 9
    assert changes(receiver)[tried:] == ["opened", "escalated", "resolved"]
    assert len({post.headers["webhook-id"] for post in receiver.posts[: tried + 1]}) == 1
    assert len({post.body for post in receiver.posts[: tried + 1]}) == 1
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    first = Delivery.objects.filter(channel__kind="webhook").earliest("id")
    assert (first.tries.count(), first.answer_status, first.tries.earliest("id").answer) == (10, 200, "down")


def test_deliveries_send__gives_up_after_three_days_and_staff_send_again(receiver: Receiver, clock: Clock) -> None:
    make_channel("webhook", secret=SECRET, address=receiver.url)
    receiver.answers = [(500, b"broken")]
    observe(Severity.WARNING)
    for _ in range(11):
        deliveries_send()
        clock.passes(hours=27)
    gone = Delivery.objects.get(channel__kind="webhook")
    receiver.answers = [(200, b"ok")]

    delivery_redeliver(gone, actor=Actor(person=make_person()))
    deliveries_send()

    again = Delivery.objects.get(channel__kind="webhook")
    assert (gone.state, sum(DELAYS_SECONDS) // 86_400) == ("failed", 3)
    assert (again.state, again.tries.count(), len({post.headers["webhook-id"] for post in receiver.posts})) == ("sent", 12, 1)
    assert Event.objects.filter(metadata__change="redelivered").count() == 1


def test_deliveries_send__one_channel_that_is_down_does_not_hold_up_the_others(receiver: Receiver, settings: Any) -> None:
    make_channel("webhook", secret=SECRET, address=receiver.url, name="up")
    make_channel("webhook", secret=SECRET, address="https://127.0.0.1/inside", name="down")
    for number in range(3):
        observe(Severity.WARNING, name=f"check_{number}")

    attempts = deliveries_send()

    assert attempts == 3 + 3 + 1
    assert len(receiver.posts) == 3
    refused = Delivery.objects.filter(channel__name="down", state="waiting").exclude(answer="").get()
    assert refused.answer.startswith("Nothing is sent to this address")


def test_deliveries_send__works_with_the_rights_of_jobs(receiver: Receiver) -> None:
    make_channel("webhook", secret=SECRET, address=receiver.url)
    observe(Severity.WARNING, group=make_group())

    with as_role("worker"):
        attempts = deliveries_send()

    assert (attempts, len(receiver.posts)) == (2, 1)


@pytest.mark.django_db(transaction=True)
def test_worker_killed_between_sending_and_recording__sends_again_with_the_same_id() -> None:
    with receiving() as receiver:
        make_channel("webhook", secret=SECRET, address=receiver.url, min_severity="warning")
        condition_observed(name="a_check", group=None, severity=Severity.WARNING, summary="Seen")
        Delivery.objects.filter(channel__kind="log").update(state="failed")
        command = [sys.executable, "-m", "tests.monitoring.sender", json.dumps({receiver.place: ""})]
        environment = {**surroundings(), "SECRET_KEY": os.environ["SECRET_KEY"]}
        killed = subprocess.run(command, cwd=ROOT, env={**environment, "FAIL_AT": "delivery_told"}, capture_output=True, check=False)
        held = Delivery.objects.get(channel__kind="webhook")
        Delivery.objects.update(claimed_until=None)  # the lease has run out
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)

    after = Delivery.objects.get(channel__kind="webhook")
    assert (killed.returncode, held.state, held.claimed_until is not None) == (-9, "waiting", True)
    assert (done.returncode, after.state) == (0, "sent"), done.stderr.decode()
    assert len(receiver.posts) == 2
    assert {post.headers["webhook-id"] for post in receiver.posts} == {f"msg_{after.pk.hex}"}


def test_next_attempt__lies_within_a_tenth_of_its_rest() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    rests = [(next_attempt(3, now) - now).total_seconds() for _ in range(100)]

    assert 270 <= min(rests) <= max(rests) <= 330


def test_quiet_hours__hold_and_deliver_after_them_and_critical_passes(receiver: Receiver, clock: Clock) -> None:
    clock.now = datetime(2026, 7, 1, 21, 30, tzinfo=UTC)  # 23:30 in Berlin
    make_channel("webhook", secret=SECRET, address=receiver.url, quiet_from=time(22), quiet_until=time(7), time_zone="Europe/Berlin")
    observe(Severity.WARNING, name="quiet")
    observe(Severity.CRITICAL, name="loud")
    deliveries_send()
    at_night = changes(receiver)
    clock.now = datetime(2026, 7, 2, 4, 59, tzinfo=UTC)
    deliveries_send()
    before = len(receiver.posts)
    clock.now = datetime(2026, 7, 2, 5, 0, tzinfo=UTC)

    deliveries_send()

    assert (at_night, before) == (["opened"], 1)
    assert [json.loads(post.body)["data"]["name"] for post in receiver.posts] == ["loud", "quiet"]


def test_quiet_hours__hold_a_retry_too(receiver: Receiver, clock: Clock) -> None:
    clock.now = datetime(2026, 7, 1, 19, 59, 58, tzinfo=UTC)
    make_channel("webhook", secret=SECRET, address=receiver.url, quiet_from=time(20), quiet_until=time(6))
    receiver.answers = [(500, b""), (200, b"")]
    observe(Severity.WARNING)
    deliveries_send()
    clock.passes(minutes=5)
    deliveries_send()
    held = Delivery.objects.get(channel__kind="webhook")
    clock.now = datetime(2026, 7, 2, 6, 0, tzinfo=UTC)

    deliveries_send()

    assert (held.state, held.due_at, held.attempts) == ("held", clock.now, 1)
    assert len(receiver.posts) == 2


def test_owner__is_told_by_mail_after_their_quiet_hours(clock: Clock, mailoutbox: Any) -> None:
    clock.now = datetime(2026, 7, 1, 23, 0, tzinfo=UTC)
    owner = make_person(email="owner@example.org")
    PersonHours.objects.create(person=owner, quiet_from=time(22), quiet_until=time(6))
    observe(Severity.WARNING)
    alert_assign(Alert.objects.get(), owner, actor=Actor(person=make_person(username="boss")))
    deliveries_send()
    at_night = len(mailoutbox)
    clock.now = datetime(2026, 7, 2, 6, 0, tzinfo=UTC)

    deliveries_send()

    (mail,) = mailoutbox
    assert (at_night, mail.to, mail.subject) == (0, ["owner@example.org"], "Assigned to you. Warning: A check on the platform")


def berlin(*numbers: int) -> datetime:
    """A moment by a clock in Berlin."""
    year, month, day, hour, minute = (*numbers, 0)[:5]
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("hours", "local", "expected"),
    [
        ((22, 7), (2026, 6, 1, 21, 59), None),
        ((22, 7), (2026, 6, 1, 22), (2026, 6, 2, 7)),
        ((22, 7), (2026, 6, 2, 6, 59), (2026, 6, 2, 7)),
        ((22, 7), (2026, 6, 2, 7), None),
        ((12, 13), (2026, 6, 2, 12, 30), (2026, 6, 2, 13)),
        ((12, 13), (2026, 6, 2, 13), None),
        ((0, 0), (2026, 6, 2, 13), (2026, 6, 3, 0)),
        ((22, 7), (2026, 10, 24, 23), (2026, 10, 25, 7)),  # the night with an hour more
        ((22, 7), (2026, 3, 28, 23), (2026, 3, 29, 7)),  # the night with an hour less
        (None, (2026, 6, 2, 13), None),
    ],
)
def test_quiet_end(hours: tuple[int, int] | None, local: tuple[int, ...], expected: tuple[int, ...] | None) -> None:
    begins, ends = (time(hours[0]), time(hours[1])) if hours else (None, None)

    found = quiet_end(begins, ends, "Europe/Berlin", berlin(*local).astimezone(UTC))

    assert found == (berlin(*expected) if expected else None)


def test_routes__by_severity_category_and_group() -> None:
    parent = make_group()
    child, other = make_group(parent=parent), make_group()
    fields: dict[str, Any] = {"secret": SECRET, "address": "https://hooks.example/"}
    make_channel("webhook", name="all", **fields)
    make_channel("webhook", name="platform", covers="platform", **fields)
    make_channel("webhook", name="parent", covers="group", group=parent, **fields)
    make_channel("webhook", name="critical", min_severity="critical", **fields)
    make_channel("webhook", name="quotas", categories=["quotas"], **fields)
    make_channel("webhook", name="off", enabled=False, **fields)

    for name, group in (("of_platform", None), ("of_child", child), ("of_other", other)):
        observe(Severity.WARNING, name=name, group=group)
    observe(Severity.EMERGENCY, name="of_quotas", group=other, category=Category.QUOTAS)

    told = {
        alert.name: sorted(alert.deliveries.exclude(channel__name="Log").values_list("channel__name", flat=True)) for alert in Alert.objects.all()
    }
    assert told == {
        "of_platform": ["all", "platform"],
        "of_child": ["all", "parent"],
        "of_other": ["all"],
        "of_quotas": ["all", "critical", "quotas"],
    }


def test_channel_test__sends_a_real_message_and_keeps_the_answer(receiver: Receiver) -> None:
    channel = make_channel("webhook", secret=SECRET, address=receiver.url, enabled=False)
    receiver.answers = [(200, b"thanks"), (403, b"who are you")]

    first, second = channel_test(channel, actor=Actor()), channel_test(channel, actor=Actor())

    assert (first.state, first.answer_status, first.answer) == ("sent", 200, "thanks")
    assert (second.state, second.answer_status, second.answer) == ("failed", 403, "who are you")
    assert [json.loads(post.body)["type"] for post in receiver.posts] == ["alert.test", "alert.test"]
