"""Invitations: a membership by e-mail, for people who have an account and for those who have none yet."""

from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from ontology.errors import FieldRefused
from ontology.models import Group, Membership, Person
from ontology.services.actor import Actor
from ontology.services.groups import membership_add
from ontology.services.links import INVITATION, person_word
from ontology.services.mail import Letter, letter_send
from ontology.services.people import person_create, person_password_set, person_update, username_for
from ontology.services.record import event_record

ACCOUNT_PAGE = "account/"
INVITATION_PAGE = "account/invitation/"


@dataclass(slots=True)
class Invitation:
    """What was done: the membership, whether its person had to be made, and, once the transaction is over, why the e-mail could not be sent."""

    membership: Membership
    is_new_person: bool
    letter: Letter = field(repr=False)
    problem: str = ""

    def send(self) -> None:
        """Sends the e-mail; a failure stands in `problem`."""
        self.problem = letter_send(self.letter)


def member_invite(group: Group, email: str, role: str, *, actor: Actor, link_base: str) -> Invitation:
    """Makes the person at EMAIL a member, and the person itself where there is none; an e-mail follows when the transaction is over.

    LINK_BASE is the address of this site, ending in a slash. Leaves `user_joined_group` and `user_invited_to_group` in the group, and
    `user_registered` in the platform's record. Raises AlreadyMember, or FieldRefused for email or role.
    """
    address = email.strip()
    try:
        validate_email(address)
    except ValidationError as error:
        raise FieldRefused("email", "This is not an e-mail address.") from error
    with transaction.atomic():
        person = Person.objects.filter(email__iexact=address).first()
        is_new = person is None
        if person is None:
            person = person_create(email=address, username=username_for(address), actor=actor)
        membership = membership_add(group, person, role, actor=actor)
        invitation = Invitation(membership, is_new, _letter(membership, actor, link_base))
        _record(membership, actor)
        transaction.on_commit(invitation.send)
    return invitation


def invitation_send_again(membership: Membership, *, actor: Actor, link_base: str) -> Invitation:
    """Sends the e-mail of a membership once more, with a new link, and an event; a link sent before lives on until used or too old."""
    with transaction.atomic():
        invitation = Invitation(membership, False, _letter(membership, actor, link_base))
        _record(membership, actor)
        transaction.on_commit(invitation.send)
    return invitation


def invitation_accept(person: Person, *, display_name: str, password: str, actor: Actor) -> Person:
    """The person, with the name and the password that they chose; the link has done its work."""
    with transaction.atomic():
        person_update(person, {"display_name": display_name.strip()}, actor=actor)
        return person_password_set(person, password, actor=actor)


def awaits_password(person: Person) -> bool:
    """Whether an invitation lets the person choose a password: never signed in, no password, no rights on the platform."""
    return person.is_active and not person.holds_platform_rights and person.last_login is None and not person.has_usable_password()


def _record(membership: Membership, actor: Actor) -> None:
    """The event; it says nothing about whether the address had an account: that is no business of the group."""
    told = {"person": str(membership.person_id), "email": membership.person.email, "role": membership.role}
    event_record(membership.group, "user_invited_to_group", actor=actor, metadata=told)


def _letter(membership: Membership, actor: Actor, link_base: str) -> Letter:
    person, group = membership.person, membership.group
    by = str(actor.person) if actor.person else "Sextant"
    opening = f"{by} has made you a member of {group.name} ({membership.get_role_display().lower()})."
    if awaits_password(person):
        link = f"{link_base}{INVITATION_PAGE}{person_word(person)}/{INVITATION.make_token(person)}/"
        ending = (
            f"Choose your name and your password here:\n\n{link}\n\nThe link works once, for seven days. If you do not know {by}, ignore this e-mail."
        )
    else:
        ending = f"Sign in to see it:\n\n{link_base}{ACCOUNT_PAGE}"
    return Letter(person.email, f"You are a member of {group.name}", f"Hello,\n\n{opening}\n\n{ending}\n")
