"""Tokens of people (the interface that the API's door is written against)."""

import hashlib

from django.utils import timezone

from ontology.models import ApiToken


def token_bearer(text: str) -> ApiToken | None:
    """The usable token whose text this is, with its person; one query."""
    digest = hashlib.sha256(text.encode()).digest()
    token: ApiToken | None = ApiToken.objects.usable(timezone.now()).select_related("person").filter(digest=digest, person__is_active=True).first()
    return token
