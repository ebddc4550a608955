"""Channels: made, changed, and given secrets that nobody can read afterwards."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from monitoring.addresses import target_of
from monitoring.channels.webhook import secret_made
from monitoring.choices import ChannelKind
from monitoring.encryption import sealed
from monitoring.errors import AddressRefused
from monitoring.models import Channel
from ontology.errors import FieldRefused
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.services.actor import Actor
from ontology.services.platform_record import setting_record

ROTATION = timedelta(hours=24)
"""How long messages are signed with the old secret too, so that receivers can change theirs meanwhile."""
RECORDED = (
    *("name", "kind", "enabled", "covers", "min_severity", "categories", "reports", "address"),
    *("quiet_from", "quiet_until", "time_zone", "quiet_passes"),
)


def channel_save(channel: Channel, *, secret: str = "", actor: Actor) -> str:
    """Writes CHANNEL, a new one or a changed one, and its SECRET unless blank; the secret it made for a new webhook, to be shown once, else blank.

    Raises FieldRefused for an address that nothing would be sent to.
    """
    _demand_address(channel, secret)
    made = ""
    with acting(PLATFORM_SCOPE), transaction.atomic():
        before = Channel.objects.filter(pk=channel.pk).first()
        if channel.kind == ChannelKind.WEBHOOK and not secret and (before is None or before.secret is None):
            made = secret = secret_made()
        if secret:
            channel.secret = sealed(secret, channel.pk)
        channel.save()
        old, new = _told(before) if before else {}, {**_told(channel), "secret": "set anew" if secret else "as it was"}
        setting_record("channel", channel.name, {**old, "secret": "as it was"} if before else {}, new, actor=actor)
    return made


def secret_rotate(channel: Channel, *, actor: Actor) -> str:
    """Gives a webhook a new secret, to be shown once; for ROTATION its messages carry a signature with the old one too."""
    secret = secret_made()
    with acting(PLATFORM_SCOPE), transaction.atomic():
        held = Channel.objects.select_for_update().get(pk=channel.pk)
        held.secret_before, held.secret_before_until = held.secret, timezone.now() + ROTATION
        held.secret = sealed(secret, held.pk)
        held.save(update_fields=["secret", "secret_before", "secret_before_until"])
        setting_record("channel", held.name, {"secret": "as it was"}, {"secret": "rotated"}, actor=actor)
    return secret


def _demand_address(channel: Channel, secret: str) -> None:
    """Raises FieldRefused where the kind needs an address and has none that could be sent to. Whether it lies inside is asked at every sending."""
    if channel.kind == ChannelKind.EMAIL and "@" not in channel.address:
        raise FieldRefused("address", "Enter the e-mail addresses, separated by commas.")
    if channel.kind == ChannelKind.WEBHOOK or (channel.kind == ChannelKind.PAGERDUTY and channel.address):
        _demand_url("address", channel.address)
    if channel.kind == ChannelKind.SLACK and secret:
        _demand_url("secret_text", secret)
    if channel.kind in {ChannelKind.SLACK, ChannelKind.PAGERDUTY} and channel.secret is None and not secret:
        wanted = "the address that Slack gave for its webhook" if channel.kind == ChannelKind.SLACK else "the routing key of the PagerDuty service"
        raise FieldRefused("secret_text", f"Enter {wanted}.")


def _demand_url(field: str, url: str) -> None:
    try:
        target_of(url)
    except AddressRefused as refused:
        raise FieldRefused(field, f"{refused} Enter one that begins with https://.") from refused


def _told(channel: Channel) -> Mapping[str, Any]:
    told = {name: getattr(channel, name) for name in RECORDED} | {"group": channel.group_id}
    return {name: value if value is None or isinstance(value, bool | list) else str(value) for name, value in told.items()}
