"""Answers kept for requests that a client may send again: written in the transaction of their effect, so that both stand or neither."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from ontology.errors import IdempotencyKeyReused
from ontology.ids import uuid7
from ontology.models import IdempotencyKey, Person
from ontology.services.bulk import query

KEPT = timedelta(days=7)
"""How long an answer is kept: longer than any client goes on trying."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The answer to an earlier request with the same key."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def idempotency_begin(person: Person, key: str, request_digest: bytes) -> KeptAnswer | None:
    """Claims KEY of PERSON for the caller's transaction; the kept answer when an earlier request of the same digest has been answered.

    Waits for a request with that key that is still at work, and claims the key if that one is rolled back. Raises IdempotencyKeyReused for a key
    that was used for another request. One query, two for a key that is there.
    """
    row = {"id": uuid7(), "person": person.pk, "key": key, "request": request_digest}
    if query("idempotency_key_claim", row):
        return None
    kept = IdempotencyKey.objects.get(person=person, key=key)
    if bytes(kept.request) != request_digest:
        raise IdempotencyKeyReused(key)
    return KeptAnswer(kept.status or 200, kept.headers, bytes(kept.body))


def idempotency_keep(person: Person, key: str, answer: KeptAnswer) -> None:
    """Keeps ANSWER under the claimed KEY; one query."""
    IdempotencyKey.objects.filter(person=person, key=key).update(status=answer.status, headers=dict(answer.headers), body=answer.body)


def idempotency_keys_expire() -> int:
    """Deletes the keys that are older than KEPT; how many. One query."""
    return IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]
