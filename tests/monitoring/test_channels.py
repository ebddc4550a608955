"""What each kind of channel sends, checked by a receiver against what its documentation says."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from monitoring.choices import Severity
from monitoring.models import Alert, Channel, Delivery
from monitoring.services.alerts import alert_acknowledge, alerts_settle, condition_observed
from monitoring.services.channels import secret_rotate
from monitoring.services.sending import deliveries_send
from ontology.services.actor import Actor
from tests.factories import make_group, make_person
from tests.monitoring.clocks import Clock
from tests.monitoring.letterbox import letterbox
from tests.monitoring.making import ROUTING_KEY, SECRET, make_channel
from tests.monitoring.receivers import Receiver, receiving
from tests.monitoring.schemas import PAGERDUTY, SLACK

pytestmark = pytest.mark.django_db
HOSTILE = "<!channel> & <https://evil.example|click> *bold* " + "x" * 600


@pytest.fixture
def receiver(settings: Any) -> Any:
    with receiving() as found:
        settings.OUTGOING_TEST_RECEIVERS = {found.place: ""}
        settings.SITE_URL = "https://sextant.example"
        yield found


def episode(clock: Clock) -> None:
    """An alert of a group from its opening to its all-clear, acknowledged on the way."""
    group = make_group(name="Acme <& Sons>")
    told: dict[str, Any] = {"name": "orphaned_connection", "group": group, "summary": HOSTILE, "value": 12.5, "threshold": 0.0}
    condition_observed(severity=Severity.WARNING, **told)
    clock.passes(seconds=1)
    condition_observed(severity=Severity.EMERGENCY, **told)
    clock.passes(seconds=1)
    alert_acknowledge(Alert.objects.get(), actor=Actor(person=make_person()))
    clock.passes(seconds=1)
    condition_observed(severity=None, **told)
    clock.passes(seconds=600)
    alerts_settle()
    deliveries_send()


def bodies(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(post.body) for post in receiver.posts]


def test_slack__takes_every_message(receiver: Receiver, clock: Clock) -> None:
    make_channel("slack", secret=receiver.url)

    episode(clock)

    found = bodies(receiver)
    assert [list(map(str, SLACK.iter_errors(body))) for body in found] == [[], [], []]
    assert [body["blocks"][0]["text"]["text"].partition(".")[0] for body in found] == ["New", "Worse", "All clear"]
    assert all("<!channel>" not in body["text"] and "<https" not in json.dumps(body["blocks"][1]) for body in found)
    assert found[0]["blocks"][3]["elements"][0]["url"].startswith("https://sextant.example/admin/monitoring/alert/")


def test_slack_schema__refuses_what_slack_refuses() -> None:
    """So that a schema that takes everything cannot pass."""
    for wrong in (
        {"blocks": []},
        {"text": "a", "blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "a"}}]},
        {"text": "a", "blocks": [{}]},
    ):
        assert not SLACK.is_valid(wrong)


def test_pagerduty__triggers_acknowledges_and_resolves_one_incident(receiver: Receiver, clock: Clock) -> None:
    make_channel("pagerduty", secret=ROUTING_KEY, address=receiver.url)

    episode(clock)

    found = bodies(receiver)
    assert [list(map(str, PAGERDUTY.iter_errors(body))) for body in found] == [[], [], [], []]
    assert [body["event_action"] for body in found] == ["trigger", "trigger", "acknowledge", "resolve"]
    assert {body["dedup_key"] for body in found} == {f"sextant-{Alert.objects.get().pk}"}
    assert [body["payload"]["severity"] for body in found[:2]] == ["warning", "critical"]


def test_pagerduty_schema__refuses_what_pagerduty_refuses() -> None:
    for wrong in ({"routing_key": "short", "event_action": "resolve", "dedup_key": "a"}, {"routing_key": ROUTING_KEY, "event_action": "trigger"}):
        assert not PAGERDUTY.is_valid(wrong)


def test_webhook__published_vector() -> None:
    """The example that the libraries of Standard Webhooks share."""
    signed = Webhook(SECRET).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, UTC), '{"test": 2432232314}')

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_webhook__is_verified_by_the_published_library(receiver: Receiver, clock: Clock) -> None:
    make_channel("webhook", secret=SECRET, address=receiver.url)

    condition_observed(name="a_check", group=None, severity=Severity.CRITICAL, summary="Ünïcode — and \u2028 more")
    deliveries_send()

    (post,) = receiver.posts
    event = Webhook(SECRET).verify(post.body, post.headers)
    assert (event["type"], event["data"]["severity"], event["data"]["summary"]) == ("alert.opened", "critical", "Ünïcode — and \u2028 more")
    assert post.headers["webhook-id"] == f"msg_{Delivery.objects.get(channel__kind='webhook').pk.hex}"


@pytest.mark.parametrize("part", ["body", "webhook-id", "webhook-timestamp", "webhook-signature"])
def test_webhook__changed_on_the_way_is_not_verified(receiver: Receiver, part: str) -> None:
    make_channel("webhook", secret=SECRET, address=receiver.url)
    condition_observed(name="a_check", group=None, severity=Severity.CRITICAL, summary="Seen")
    deliveries_send()
    (post,) = receiver.posts
    wrong = {"webhook-id": "msg_other", "webhook-timestamp": str(int(post.headers["webhook-timestamp"]) - 1), "webhook-signature": "v1,AAAA"}

    headers = {**post.headers, **({part: wrong[part]} if part in wrong else {})}

    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(post.body + b" " if part == "body" else post.body, headers)


def test_webhook__rotated_secret_signs_twice_for_a_day(receiver: Receiver, clock: Clock) -> None:
    channel = make_channel("webhook", secret=SECRET, address=receiver.url)

    new = secret_rotate(channel, actor=Actor())
    condition_observed(name="first", group=None, severity=Severity.CRITICAL, summary="Seen")
    deliveries_send()
    clock.passes(hours=25)
    condition_observed(name="second", group=None, severity=Severity.CRITICAL, summary="Seen")
    deliveries_send()

    during, after = (post.headers["webhook-signature"].split(" ") for post in receiver.posts)
    assert (len(during), len(after)) == (2, 1)
    assert [Webhook(secret).verify(receiver.posts[0].body, receiver.posts[0].headers)["type"] for secret in (SECRET, new)] == ["alert.opened"] * 2
    assert Webhook(new).sign(receiver.posts[1].headers["webhook-id"], clock.now, receiver.posts[1].body.decode()) == after[0]


def test_email__has_text_and_html_and_one_id(settings: Any, clock: Clock) -> None:
    with letterbox() as box:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1", box.port
        make_channel("email", address="ops@example.org, night@example.org")
        box.closed = True
        condition_observed(name="a_check", group=make_group(name="Acme <b>"), severity=Severity.CRITICAL, summary="Broken\r\nBcc: all@example.org")
        deliveries_send()
        box.closed = False
        clock.passes(seconds=10)
        deliveries_send()

    ((to, mail),) = box.letters
    delivery = Delivery.objects.get(channel__kind="email")
    assert (to, delivery.state, delivery.tries.count()) == (["ops@example.org", "night@example.org"], "sent", 2)
    assert mail["Message-ID"] == f"<{delivery.pk}@sextant.invalid>"
    assert mail["Subject"] == "New. Critical: A check in Acme <b>"
    assert mail["Bcc"] is None
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert "Acme &lt;b&gt;" in mail.get_body(("html",)).get_content()  # type: ignore[union-attr]


def test_log__has_the_level_of_the_severity(caplog: pytest.LogCaptureFixture) -> None:
    condition_observed(name="a_check", group=None, severity=Severity.CRITICAL, summary="Seen")
    with caplog.at_level(logging.INFO, logger="sextant.alerts"):
        deliveries_send()

    (record,) = [record for record in caplog.records if record.name == "sextant.alerts"]
    assert (record.levelname, record.getMessage()[:44]) == ("ERROR", "New. Critical: A check on the platform: Seen")


def test_secrets__stand_in_no_row_log_or_answer(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    receiver.answers = [(500, f"no such hook {receiver.url} {ROUTING_KEY} {SECRET}".encode())]
    for kind, secret in (("slack", receiver.url), ("pagerduty", ROUTING_KEY), ("webhook", SECRET)):
        make_channel(kind, secret=secret, address="" if kind == "slack" else receiver.url.replace("hook", kind))
    with caplog.at_level(logging.DEBUG):
        condition_observed(name="a_check", group=None, severity=Severity.CRITICAL, summary="Seen")
        deliveries_send()

    rows = [str(row) for model in (Channel, Delivery) for row in model.objects.values()]
    answers = [str(row) for delivery in Delivery.objects.all() for row in delivery.tries.values()]
    seen = {delivery.channel.kind: delivery.answer for delivery in Delivery.objects.select_related("channel") if delivery.channel}
    assert len(receiver.posts) == 3
    assert receiver.url not in seen["slack"]
    assert ROUTING_KEY not in seen["pagerduty"]
    assert SECRET.removeprefix("whsec_") not in seen["webhook"]
    assert [text for text in (*rows, caplog.text) for secret in (SECRET, ROUTING_KEY) if secret in text and "no such hook" not in text] == []
    assert len(answers) == 4
