"""People and their accounts: one business action, one transaction, one event in the platform's record, and never a password in it."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from django.contrib.auth.models import Group as Role
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from ontology.errors import DomainError, FieldRefused
from ontology.isolation import PLATFORM_SCOPE, acting, current_scope
from ontology.models import Membership, Person
from ontology.services.actor import Actor
from ontology.services.platform_record import platform_event

PROFILE = ("email", "username", "display_name", "bio", "avatar")
SIGN_IN = {"email", "is_active"}
"""What of a person decides whether and how they sign in."""
RIGHTS_OF_PLATFORM = {"platform_role", "is_staff", "is_superuser", "roles"}
_FIELD_RULES = {
    "person_email_is_unique": ("email", "A person with this e-mail address exists."),
    "ontology_person_email_key": ("email", "A person with this e-mail address exists."),
    "ontology_person_username_key": ("username", "Another person has this user name; choose a different one."),
    "person_email_has_at_sign": ("email", "An e-mail address has an @."),
    "person_platform_role_is_known": ("platform_role", "There is no such role on the platform."),
}


class PersonChanges(TypedDict, total=False):
    """What may change of a person; `roles` are staff roles."""

    email: str
    username: str
    display_name: str
    bio: str
    avatar: str
    platform_role: str
    is_staff: bool
    is_superuser: bool
    is_active: bool
    roles: Iterable[Role]


class RightsRefused(DomainError):
    """Rights of the whole platform, given or taken by somebody who is not its owner."""

    code = "rights_refused"

    def __init__(self) -> None:
        super().__init__("Only a superuser or an owner of the platform gives and takes rights on the whole platform.")


class PersonOfFurtherGroups(DomainError):
    """An account that opens groups out of the actor's reach."""

    code = "person_of_further_groups"

    def __init__(self, person: Person) -> None:
        super().__init__(
            f"{person} also belongs to groups that you do not see. "
            "Only an owner of the platform, or somebody who sees every group, changes how this person signs in."
        )


def person_create(*, email: str, username: str, display_name: str = "", password: str | None = None, actor: Actor) -> Person:
    """A new account with the event `user_registered`; without a password it signs in only once one is set. Raises FieldRefused."""
    person = Person(email=Person.objects.normalize_email(email.strip()), username=username.strip(), display_name=display_name.strip())
    person.set_password(password)
    with transaction.atomic():
        _save(person, force_insert=True)
        told = {"email": person.email, "displayName": person.display_name, "userId": str(person.pk), "authProvider": "password" if password else ""}
        platform_event("user_registered", actor=actor, metadata=told)
    return person


def person_update(person: Person, changes: PersonChanges, *, actor: Actor) -> Person:
    """The person with what differs of CHANGES: the profile leaves `profile_updated`, rights and state leave `settings_updated`.

    Who may not sign in any more has no session from then on. Raises FieldRefused, RightsRefused where the actor may not give rights, and
    PersonOfFurtherGroups where a change of address or state would reach beyond the actor's groups.
    """
    with transaction.atomic():
        current = Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
        _demand_may_touch(current, actor)
        old, new = _differences(current, changes)
        if RIGHTS_OF_PLATFORM & set(new) and not actor.governs:
            raise RightsRefused
        if SIGN_IN & set(new):
            demand_whole_scope(current, actor)
        if new.get("is_active") is False:
            current.session_salt = _new_salt()
        _save(current)
        if "roles" in new:
            current.groups.set(list(changes["roles"]))
        _record_changes(current, old, new, actor)
    return current


def person_password_set(person: Person, password: str | None, *, actor: Actor) -> Person:
    """The person with another password (None: none at all), which ends every session; the event `password_reset_completed` says who set it."""
    with transaction.atomic():
        current = Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
        _demand_may_touch(current, actor)
        demand_whole_scope(current, actor)
        current.set_password(password)
        current.session_salt = _new_salt()
        current.save(update_fields=["password", "session_salt"])
        platform_event("password_reset_completed", actor=actor, metadata={"userId": str(current.pk), "email": current.email})
    return current


def person_deactivate(person: Person, *, actor: Actor) -> Person:
    """The person, who may not sign in any more and whose sessions are over. Raises RightsRefused for one who owns the platform."""
    return person_update(person, {"is_active": False}, actor=actor)


def person_sessions_end(person: Person, *, actor: Actor) -> Person:
    """The person, all of whose sessions are over, with an event."""
    with transaction.atomic():
        current = Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
        _demand_may_touch(current, actor)
        demand_whole_scope(current, actor)
        current.session_salt = _new_salt()
        current.save(update_fields=["session_salt"])
        platform_event("settings_updated", actor=actor, metadata={"change": "sessions_ended", "userId": str(current.pk)})
    return current


def username_for(email: str) -> str:
    """A free user name made of an address: what stands before the @, with digits behind it where that is taken. One query or two."""
    wanted = "".join(letter for letter in email.partition("@")[0] if letter.isalnum() or letter in "_.+-")[:120] or "person"
    if not Person.objects.filter(username=wanted).exists():
        return wanted
    return f"{wanted}-{secrets.token_hex(4)}"


def _demand_may_touch(person: Person, actor: Actor) -> None:
    """Raises RightsRefused for an account of the staff in somebody else's hands: who changes its address or password has its rights."""
    if person.holds_platform_rights and not actor.governs and (actor.person is None or actor.person.pk != person.pk):
        raise RightsRefused


def demand_whole_scope(person: Person, actor: Actor) -> None:
    """Raises PersonOfFurtherGroups unless every group of the person lies in the present scope; one query at most.

    Who holds an account holds all its groups. It is asked of nobody about themselves, nor of those who see every group or give rights.
    """
    by = actor.person
    if by is None or by.pk == person.pk or actor.governs or by.has_perm("ontology.see_every_group"):
        return
    scope = current_scope()
    with acting(PLATFORM_SCOPE):
        groups = set(Membership.objects.filter(person=person).values_list("group_id", flat=True))
    if scope is None or not groups <= scope.groups:
        raise PersonOfFurtherGroups(person)


def _new_salt() -> str:
    return secrets.token_hex(16)


def _differences(person: Person, changes: PersonChanges) -> tuple[dict[str, Any], dict[str, Any]]:
    """Sets the changes on the row; the old and the new values of what differs."""
    given: dict[str, Any] = dict(changes)
    roles = given.pop("roles", None)
    old = {name: getattr(person, name) for name, value in given.items() if getattr(person, name) != value}
    new = {name: given[name] for name in old}
    for name, value in new.items():
        setattr(person, name, value)
    if roles is not None:
        before, after = sorted(person.groups.values_list("name", flat=True)), sorted(role.name for role in roles)
        if before != after:
            old["roles"], new["roles"] = before, after
    return old, new


def _record_changes(person: Person, old: Mapping[str, Any], new: Mapping[str, Any], actor: Actor) -> None:
    profile = [name for name in new if name in PROFILE]
    if profile:
        told = {"changes": profile, "previousValues": {name: old[name] for name in profile}, "newValues": {name: new[name] for name in profile}}
        platform_event("profile_updated", actor=actor, metadata={"userId": str(person.pk), **told})
    rights = [name for name in new if name not in PROFILE]
    if rights:
        change = "person_deactivated" if new.get("is_active") is False else "person_rights_changed"
        told_rights = {"from": {name: old[name] for name in rights}, "to": {name: new[name] for name in rights}}
        platform_event("settings_updated", actor=actor, metadata={"change": change, "userId": str(person.pk), "email": person.email, **told_rights})


def _save(person: Person, *, force_insert: bool = False) -> None:
    """Saves, and turns a refusal of the database or of the model into the error of its field."""
    try:
        person.clean_fields(exclude=["password"])
        with transaction.atomic():
            person.save(force_insert=force_insert)
    except ValidationError as error:
        field, sentences = next(iter(error.message_dict.items()))
        raise FieldRefused(field, " ".join(sentences)) from error
    except IntegrityError as error:
        rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        if rule in _FIELD_RULES:
            raise FieldRefused(*_FIELD_RULES[rule]) from error
        raise DomainError(f"The database refused the change by its rule {rule or error}.") from error
