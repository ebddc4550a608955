"""Passwords that were forgotten: a one-time link by e-mail, to people only who have a password and may sign in."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from ontology.choices import Door
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Event, Group, Person
from ontology.services.actor import Actor
from ontology.services.links import RESET, person_word
from ontology.services.mail import Letter, letter_send
from ontology.services.platform_record import platform_event

PATIENCE = timedelta(minutes=5)
"""Whoever asks again within it gets no second e-mail: nobody's letter box is filled by strangers."""
PAGE = "account/password/set/"


def password_reset_send(email: str, *, link_base: str) -> bool:
    """Sends a link to the person at EMAIL and leaves `password_reset_requested`; whether it did. LINK_BASE is this site's address with a slash."""
    person = Person.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if person is None or not person.has_usable_password() or _asked_lately(person):
        return False
    actor = Actor(door=Door.TASK, request_id="send_password_reset")
    with transaction.atomic():
        platform_event("password_reset_requested", actor=actor, metadata={"userId": str(person.pk), "email": person.email})
    link = f"{link_base}{PAGE}{person_word(person)}/{RESET.make_token(person)}/"
    text = f"Hello,\n\nsomebody asked for a new password for your account. If it was you, set one here:\n\n{link}\n\n"
    return not letter_send(Letter(person.email, "A new password", f"{text}The link works once, for two hours. Otherwise ignore this e-mail.\n"))


def _asked_lately(person: Person) -> bool:
    with transaction.atomic(), acting(PLATFORM_SCOPE):
        events = Event.objects.in_group(Group.objects.platform()).filter(type="password_reset_requested", timestamp__gte=timezone.now() - PATIENCE)
        return events.filter(metadata__userId=str(person.pk)).exists()
