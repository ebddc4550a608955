"""Who of the staff may give people their places in a group."""

from ontology.choices import Right
from ontology.errors import DomainError, GroupUnknown
from ontology.models import Group, Person
from ontology.services.access import group_access
from ontology.services.actor import Actor


class PlaceRefused(DomainError):
    """A place in a group, given by somebody who may not give it."""

    code = "place_refused"


def demand_may_place(actor: Actor, group: Group, person: Person | None = None) -> None:
    """Raises PlaceRefused unless the actor manages GROUP by a membership of their own, and PERSON is somebody else. Two queries at most.

    Superusers and owners of the platform place everybody, themselves included.
    """
    by = actor.person
    if by is None or actor.governs:
        return
    if person is not None and person.pk == by.pk:
        raise PlaceRefused("Nobody gives or changes a place in a group for themselves; ask another person who manages the group.")
    try:
        rights = group_access(by, group.slug).rights
    except GroupUnknown:
        rights = frozenset[Right]()
    if Right.MANAGE not in rights:
        raise PlaceRefused(f"Only who manages {group.name} gives and changes places in it: your own membership does not.")
