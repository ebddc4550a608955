"""One-time links by e-mail: their words, their signatures, and how long they live."""

import base64
import uuid

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.http import base36_to_int

from ontology.models import Person

DAY_SECONDS = 24 * 3600


class OneTimeToken(PasswordResetTokenGenerator):
    """Signs a link for a person; the link dies with the first use (it sets a password), and after `life_seconds`."""

    key_salt = "ontology.services.links.password_reset"

    @property
    def life_seconds(self) -> int:
        """How long a link lives."""
        return int(settings.PASSWORD_RESET_SECONDS)

    def check_token(self, user: object, token: str | None) -> bool:
        """Whether the link is the person's own, unused and young enough; never for a person who may not sign in."""
        if not isinstance(user, Person) or not user.is_active or not token or not super().check_token(user, token):
            return False
        made = base36_to_int(token.partition("-")[0])
        return self._num_seconds(self._now()) - made <= self.life_seconds


class InvitationToken(OneTimeToken):
    """Signs the link of an invitation, which lives for seven days."""

    key_salt = "ontology.services.links.invitation"
    life_seconds = 7 * DAY_SECONDS


RESET, INVITATION = OneTimeToken(), InvitationToken()


def person_word(person: Person) -> str:
    """The id of a person as a word of an address."""
    return base64.urlsafe_b64encode(person.pk.bytes).decode().rstrip("=")


def person_named(word: str) -> Person | None:
    """The person whose `person_word` this is."""
    try:
        key = uuid.UUID(bytes=base64.urlsafe_b64decode(word + "=="))
    except ValueError:
        return None
    return Person.objects.filter(pk=key).first()
