"""One attempt to tell one delivery, by the kind of its channel."""

import logging
import re
from datetime import datetime

from monitoring.channels import email, pagerduty, slack, webhook
from monitoring.channels.letter import ANSWER_LETTERS, Letter, Request, Told, headline
from monitoring.choices import ChannelKind
from monitoring.encryption import opened
from monitoring.errors import AddressRefused, SecretUnreadable, Unanswered
from monitoring.models import Channel, Delivery
from monitoring.outgoing import post

log = logging.getLogger("sextant.alerts")
LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "critical": logging.ERROR, "emergency": logging.CRITICAL}


def tell(delivery: Delivery, now: datetime) -> Told:
    """Tells DELIVERY to its channel or person. Never raises for what a receiver does or is."""
    letter = Letter(delivery.pk, delivery.change, delivery.message, now)
    if delivery.channel is None:
        assert delivery.person is not None  # delivery_is_to_a_channel_or_a_person
        return email.send(letter, [delivery.person.email])
    if delivery.channel.kind == ChannelKind.LOG:
        log.log(LEVELS[delivery.severity], "%s: %s [%s]", headline(letter), letter.text("summary"), letter.id)
        return Told(True, None, "Written into the log of this process.", 0)
    if delivery.channel.kind == ChannelKind.EMAIL:
        return email.send(letter, addresses_of(delivery.channel))
    return _posted(letter, delivery.channel)


def addresses_of(channel: Channel) -> list[str]:
    """The e-mail addresses of CHANNEL."""
    return [address for address in re.split(r"[\s,;]+", channel.address) if address]


def _posted(letter: Letter, channel: Channel) -> Told:
    secrets: list[str] = []
    try:
        secrets = _secrets(channel, letter.at)
        request = _request(letter, channel, secrets)
        answer = post(request.url, request.body, request.headers)
    except (AddressRefused, Unanswered, SecretUnreadable) as refused:
        return Told(False, None, str(refused), round(1000 * getattr(refused, "seconds", 0)))
    words = answer.text if answer.is_success or not 300 <= answer.status < 400 else "It answered with a redirect, which is never followed."
    return Told(answer.is_success, answer.status, _without(words, secrets), answer.took_ms)


def _request(letter: Letter, channel: Channel, secrets: list[str]) -> Request:
    if not secrets:
        raise AddressRefused("the channel has no secret yet; enter it on its page")
    if channel.kind == ChannelKind.SLACK:
        return slack.request_of(letter, secrets[0])
    if channel.kind == ChannelKind.PAGERDUTY:
        return pagerduty.request_of(letter, channel.address, secrets[0])
    return webhook.request_of(letter, channel.address, secrets)


def _secrets(channel: Channel, now: datetime) -> list[str]:
    """The secrets in use, the present one first; that before it only where a receiver may check either."""
    kept = [channel.secret] if channel.secret is not None else []
    is_rotating = channel.secret_before_until is not None and channel.secret_before_until > now
    if channel.kind == ChannelKind.WEBHOOK and is_rotating and channel.secret_before is not None:
        kept.append(channel.secret_before)
    return [opened(bytes(each), channel.pk) for each in kept]


def _without(text: str, secrets: list[str]) -> str:
    """An answer without what must not be shown, at most ANSWER_LETTERS long; a receiver may say our own words back."""
    for secret in secrets:
        text = text.replace(secret, "…").replace(secret.removeprefix("whsec_"), "…")
    return " ".join(text.split())[:ANSWER_LETTERS]
