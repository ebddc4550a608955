"""Channels of tests."""

from typing import Any

from monitoring.encryption import sealed
from monitoring.models import Channel

ROUTING_KEY = "0123456789abcdef0123456789abcdef"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def make_channel(kind: str, *, secret: str = "", **fields: Any) -> Channel:
    """A channel that hears everything."""
    channel = Channel(**{"name": f"A {kind} channel", "kind": kind, "min_severity": "info", **fields})
    if secret:
        channel.secret = sealed(secret, channel.pk)
    channel.save(force_insert=True)
    return channel
