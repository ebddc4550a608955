"""Who may do what in which group: the rights of a person, narrowed by a token, and the scope to act in."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Model, Q, QuerySet

from ontology.choices import MemberRole, Right, TokenScope
from ontology.errors import GroupArchived, GroupUnknown, RightMissing, RightsExceeded
from ontology.isolation import PLATFORM_SCOPE, Scope, acting, current_scope
from ontology.models import ApiToken, Group, Membership, Person
from ontology.services.bulk import query

ROLE_RIGHTS: dict[str, frozenset[Right]] = {
    MemberRole.GROUP_OWNER: frozenset(Right),
    MemberRole.GROUP_USER: frozenset({Right.READ, Right.HISTORY, Right.WRITE}),
    MemberRole.CUSTOMER: frozenset({Right.READ}),
}
"""What each role may do in its group and all groups below it. The words of a membership's `permissions` that name a right add it."""
TOKEN_RIGHTS: dict[str, frozenset[Right]] = {
    TokenScope.READ: frozenset({Right.READ, Right.HISTORY}),
    TokenScope.WRITE: frozenset({Right.READ, Right.WRITE}),
    TokenScope.ADMIN: frozenset({Right.READ, Right.HISTORY, Right.MANAGE}),
}
"""What each scope of a token lets through."""


NOBODY = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class Access:
    """A person's access to one group: what may be done there, and the scope (the group and its descendants) to do it in.

    `own` are the person's rights whatever the token; `archived` tells whether the group or one above it is put away.
    """

    group: Group
    rights: frozenset[Right]
    scope: Scope
    own: frozenset[Right]
    archived: bool

    def demand(self, right: Right) -> None:
        """Raises RightMissing unless RIGHT is among the rights, GroupArchived for a write into a group that is put away or below one."""
        if right not in self.rights:
            raise RightMissing(right, self.group.slug)
        if right is Right.WRITE:
            self.demand_active()

    def demand_active(self) -> None:
        """Raises GroupArchived when the group or one above it is put away."""
        if self.archived:
            raise GroupArchived(self.group.slug)

    def demand_may_give(self, role: str, further: Iterable[str], held: frozenset[Right] = frozenset()) -> None:
        """Raises RightsExceeded when ROLE and the words FURTHER give a member, beside the rights HELD, any that the person lacks here."""
        lacking = (ROLE_RIGHTS[role] | {Right(word) for word in further if word in Right.values}) - held - self.own
        if lacking:
            raise RightsExceeded(lacking, self.group.slug)


def demand_active(group: Group) -> None:
    """Raises GroupArchived for a group that is put away, or lies below one: for the doors, before a write; bulk services do not ask. One query."""
    ((*_, archived),) = query("group_reach", {"sealed": Scope(person_id=NOBODY).sealed(), "slug": group.slug})
    if archived:
        raise GroupArchived(group.slug)


def group_access(person: Person, slug: str, token: ApiToken | None = None) -> Access:
    """The access of PERSON (through TOKEN) to the group SLUG, by membership there or in a group above it. Two queries.

    Raises GroupUnknown for a group that is not there and for one out of reach: both look the same.
    """
    found = query("group_reach", {"sealed": Scope(person_id=person.pk).sealed(), "slug": slug})
    if not found:
        raise GroupUnknown(slug)
    ((group_id, above, below, roles, further, archived),) = found
    rights = _rights(person, roles, further, token)
    outside = token is not None and token.group_id is not None and token.group_id not in above
    if outside or not rights:
        raise GroupUnknown(slug)
    scope = Scope(frozenset(below), person_id=person.pk)
    with acting(scope):
        return Access(Group.objects.get(pk=group_id), rights, scope, _rights(person, roles, further, None), archived)


def person_scope(person: Person, token: ApiToken | None = None) -> Scope:
    """All groups that PERSON (through TOKEN) may reach: those of memberships and all below; every group for platform owners. One query or none."""
    bound = token.group_id if token is not None else None
    if person.is_platform_owner and bound is None:
        return Scope(everywhere=True, person_id=person.pk)
    claim = Scope(everywhere=person.is_platform_owner, person_id=person.pk)
    ((groups,),) = query("person_reach", {"sealed": claim.sealed(), "bound": bound})
    return Scope(frozenset(groups), person_id=person.pk)


def staff_scope(person: Person) -> Scope:
    """What PERSON sees in the admin: every group with the right to, else those that `person_scope` gives."""
    if person.is_platform_owner or person.has_perm("ontology.see_every_group"):
        return Scope(everywhere=PLATFORM_SCOPE.everywhere, person_id=person.pk)
    return person_scope(person)


def membership_rights(membership: Membership, token: ApiToken | None = None) -> frozenset[Right]:
    """What a membership alone gives its person in its group and all below, narrowed by TOKEN."""
    return _rights(membership.person, [membership.role], membership.permissions, token)


def _rights(person: Person, roles: Iterable[str], further: Iterable[str], token: ApiToken | None) -> frozenset[Right]:
    """The rights of ROLES and of the words FURTHER, at most those that TOKEN lets through."""
    if person.is_platform_owner:
        rights = frozenset(Right)
    else:
        rights = frozenset[Right]().union(*(ROLE_RIGHTS[role] for role in roles))
        rights |= {Right(word) for word in further if rights and word in Right.values}
    if token is None:
        return rights
    return rights & frozenset[Right]().union(*(TOKEN_RIGHTS[scope] for scope in token.scopes))


def rows_in_scope[M: Model](rows: QuerySet[M]) -> QuerySet[M]:
    """ROWS within the present scope, as far as they belong to groups; of people, the members of its groups and the person acting.

    Row-level security says the same of what belongs to groups; said here, it lets the planner choose an index.
    """
    scope = current_scope()
    if scope is None or scope.everywhere:
        return rows
    if rows.model is Group:
        return rows.filter(pk__in=scope.groups)
    if rows.model is Person:
        members = Membership.objects.filter(group__in=scope.groups).values("person")
        return rows.filter(Q(pk__in=members) | Q(pk=scope.person_id))
    if any(field.name == "group" and field.related_model is Group for field in rows.model._meta.fields):
        return rows.filter(group__in=scope.groups)
    return rows
