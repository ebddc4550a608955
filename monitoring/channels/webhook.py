"""Signed webhooks, as Standard Webhooks says (standardwebhooks.com): the same id at every attempt, a signature for each secret in use."""

import base64
import json
import os
from collections.abc import Iterable

from standardwebhooks import Webhook

from monitoring.channels.letter import Letter, Request

SECRET_BYTES = 32
FOR_PEOPLE = frozenset({"html", "text"})
"""Parts of a message that programs do not get: the same stands in its data."""


def secret_made() -> str:
    """A new secret as receivers keep it: whsec_ and its bytes in base64."""
    return f"whsec_{base64.b64encode(os.urandom(SECRET_BYTES)).decode()}"


def request_of(letter: Letter, url: str, secrets: Iterable[str]) -> Request:
    """The message for URL, signed with each of SECRETS; its body is the same at every attempt, its moment and signatures are the attempt's."""
    event = {
        "type": f"alert.{letter.change}",
        "timestamp": letter.text("at"),
        "data": {key: value for key, value in letter.message.items() if key not in FOR_PEOPLE},
    }
    body = json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    name = f"msg_{letter.id.hex}"
    signatures = " ".join(Webhook(secret).sign(name, letter.at, body) for secret in secrets)
    headers = {"webhook-id": name, "webhook-timestamp": str(int(letter.at.timestamp())), "webhook-signature": signatures}
    return Request(url, body.encode(), {"Content-Type": "application/json", **headers})
