"""Idempotency-Key: the same request again gives the first answer again."""

import hashlib
import json

from django.http import HttpRequest, HttpResponse

from ontology.api.refusals import Refusal
from ontology.models import ApiToken, Person
from ontology.services.idempotency import KeptAnswer, idempotency_begin, idempotency_keep

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
KEY_CHARACTERS_MAX = 200
_HEADERS_THAT_COUNT = ("Content-Type", "If-Match")
_HEADERS_KEPT = ("ETag", "Location", "Link", "Content-Type")


def key_of(request: HttpRequest) -> str | None:
    """The request's key, if it has one. Raises Refusal 400 for one that is empty, too long or not printable."""
    key = request.headers.get(HEADER)
    if key is not None and not (1 <= len(key) <= KEY_CHARACTERS_MAX and key.isprintable()):
        raise Refusal(400, "idempotency_key", f"{HEADER} has 1 to {KEY_CHARACTERS_MAX} printable characters.")
    return key


def replayed(person: Person, token: ApiToken | None, key: str, request: HttpRequest, body: bytes) -> HttpResponse | None:
    """The kept answer to the same request; None for a new one, whose key is now claimed.

    The address counts with its query string, and so do the headers that change what a request does, and what the TOKEN lets through.
    """
    kept = idempotency_begin(person, key, _digest(token, request, body))
    return None if kept is None else HttpResponse(kept.body, status=kept.status, headers={**kept.headers, REPLAYED: "true"})


def _digest(token: ApiToken | None, request: HttpRequest, body: bytes) -> bytes:
    through = None if token is None else [sorted(token.scopes), str(token.group_id or "")]
    told = [request.method, request.get_full_path(), *(request.headers.get(name) for name in _HEADERS_THAT_COUNT), through]
    return hashlib.sha256(json.dumps(told).encode() + b"\n" + body).digest()


def keep(person: Person, key: str, response: HttpResponse) -> None:
    """Keeps RESPONSE, in the transaction of what it tells."""
    headers = {name: response[name] for name in _HEADERS_KEPT if response.has_header(name)}
    idempotency_keep(person, key, KeptAnswer(response.status_code, headers, response.content))
