"""API tokens: made once and shown once, revoked at once, and asked for their bearer by every request."""

import hashlib
import re
import secrets
import string
import zlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from ontology.choices import TokenScope
from ontology.errors import DomainError, FieldRefused, GroupUnknown
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import ApiToken, Group, Person
from ontology.replica import primary_is_away
from ontology.services.access import group_access
from ontology.services.actor import Actor
from ontology.services.bulk import query
from ontology.services.record import event_record

MARK = "sxt_"
SECRET_LETTERS, CHECKSUM_LETTERS, SHOWN_LETTERS = 40, 6, 12
"""40 letters of 62 are 238 bits; 6 hold any CRC-32, for 62^6 > 2^32."""
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
SHAPE = re.compile(rf"{MARK}[0-9A-Za-z]{{{SECRET_LETTERS + CHECKSUM_LETTERS}}}")
NAME_LETTERS_MAX = 100
_TOKEN_COLUMNS = (
    *("id", "created_at", "updated_at", "person_id", "group_id", "name", "prefix", "digest", "scopes", "expires_at", "last_used_at"),
    "revoked_at",
)
_PERSON_COLUMNS = ("id", "email", "username", "display_name", "platform_role", "is_staff", "is_superuser", "is_active")


class TokenOfAnother(DomainError):
    """A token made or revoked by somebody who is neither its person nor an owner of the platform."""

    code = "token_of_another"

    def __init__(self) -> None:
        super().__init__("Only the person, or an owner of the platform, makes and revokes a person's API tokens.")


def token_text() -> str:
    """A new token's text: the mark, 40 random letters, and their CRC-32 in 6, by which a scanner tells it from other words without asking us."""
    secret = "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LETTERS))
    return MARK + secret + checksum(secret)


def checksum(secret: str) -> str:
    """The CRC-32 of SECRET in base 62."""
    value, letters = zlib.crc32(secret.encode()), ""
    for _ in range(CHECKSUM_LETTERS):
        value, digit = divmod(value, len(ALPHABET))
        letters = ALPHABET[digit] + letters
    return letters


def token_is_well_formed(text: str) -> bool:
    """Whether TEXT can be a token at all; asks nobody."""
    return SHAPE.fullmatch(text) is not None and checksum(text[len(MARK) : -CHECKSUM_LETTERS]) == text[-CHECKSUM_LETTERS:]


def token_make(
    person: Person, *, name: str, scopes: Collection[str], group: Group | None = None, expires_at: datetime | None = None, actor: Actor
) -> tuple[ApiToken, str]:
    """A new token of PERSON and its text, which is kept nowhere; expires in API_TOKEN_DAYS unless told. Leaves the event api_token_made.

    Raises FieldRefused for name, scopes, group or expires_at, and TokenOfAnother.
    """
    _demand_own(person, actor)
    now = timezone.now()
    expires_at = expires_at or now + timedelta(days=settings.API_TOKEN_DAYS)
    _demand_shape(person, name.strip(), scopes, expires_at, now)
    if group is not None:
        _demand_reach(person, group)
    text = token_text()
    token = ApiToken(person=person, group=group, name=name.strip(), scopes=sorted(set(scopes)), expires_at=expires_at, prefix=text[:SHOWN_LETTERS])
    token.digest = digest_of(text)
    with acting(PLATFORM_SCOPE), transaction.atomic():
        token.save(force_insert=True)
        _token_event(token, "api_token_made", actor)
    return token, text


def token_revoke(token: ApiToken, *, actor: Actor) -> ApiToken:
    """The token, which opens nothing from now on, with the event api_token_revoked; nothing happens to one revoked before. Raises TokenOfAnother."""
    _demand_own(token.person, actor)
    with acting(PLATFORM_SCOPE), transaction.atomic():
        current: ApiToken = ApiToken.objects.select_for_update(of=("self",)).select_related("person", "group").get(pk=token.pk)
        if current.revoked_at is None:
            current.revoked_at = timezone.now()
            current.save(update_fields=["revoked_at"])
            _token_event(current, "api_token_revoked", actor)
    return current


def token_bearer(text: str) -> ApiToken | None:
    """The token with its person, or None where it opens nothing: malformed (no query), unknown, revoked, expired, or of a person who may not sign in.

    One query, in any scope. `last_used_at` is as it was before this use, which is not remembered while the primary is away.
    """
    if not token_is_well_formed(text):
        return None
    found = query("token_bearer_read" if primary_is_away() else "token_bearer", {"digest": digest_of(text)})
    if not found:
        return None
    (row,) = found
    token = _row_of(ApiToken, _TOKEN_COLUMNS, row[: len(_TOKEN_COLUMNS)])
    token.person = _row_of(Person, _PERSON_COLUMNS, row[len(_TOKEN_COLUMNS) :])
    return token


def digest_of(text: str) -> bytes:
    """What is kept of a token: its SHA-256, which a random text of 238 bits needs no salt for."""
    return hashlib.sha256(text.encode()).digest()


def _row_of[M: Model](model: type[M], columns: Sequence[str], values: Sequence[Any]) -> M:
    """A row of MODEL from the values of COLUMNS; what is not among them is fetched when asked for."""
    given = dict(zip(columns, values, strict=True))
    names = [field.attname for field in model._meta.concrete_fields if field.attname in given]
    return model.from_db("default", names, [given[name] for name in names])


def _demand_own(person: Person, actor: Actor) -> None:
    by = actor.person
    if by is not None and by.pk != person.pk and not (by.is_platform_owner or by.is_superuser):
        raise TokenOfAnother


def _demand_shape(person: Person, name: str, scopes: Collection[str], expires_at: datetime, now: datetime) -> None:
    if not person.is_active:
        raise FieldRefused("person", f"{person} may not sign in, so a token would open nothing.")
    if not name or len(name) > NAME_LETTERS_MAX:
        raise FieldRefused("name", f"A token needs a name of at most {NAME_LETTERS_MAX} letters.")
    unknown = sorted(set(scopes) - set(TokenScope.values))
    if unknown or not scopes:
        raise FieldRefused("scopes", f"Choose one scope or more of {', '.join(TokenScope.values)}.")
    if expires_at <= now:
        raise FieldRefused("expires_at", "A token expires in the future.")
    if expires_at > now + timedelta(days=settings.API_TOKEN_DAYS_MAX, minutes=1):
        raise FieldRefused("expires_at", f"A token expires within {settings.API_TOKEN_DAYS_MAX} days.")


def _demand_reach(person: Person, group: Group) -> None:
    try:
        group_access(person, group.slug)
    except GroupUnknown as error:
        raise FieldRefused("group", f"{person} does not reach the group {group.slug}.") from error


def _token_event(token: ApiToken, change: str, actor: Actor) -> None:
    home = token.group or Group.objects.platform()
    told = {"tokenId": str(token.pk), "prefix": token.prefix, "name": token.name, "scopes": list(token.scopes), "person": str(token.person_id)}
    expires = token.expires_at.isoformat() if token.expires_at else None
    event_record(home, "settings_updated", actor=actor, metadata={"change": change, **told, "expiresAt": expires})
