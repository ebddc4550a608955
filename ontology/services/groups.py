"""Groups and their members: one business action, one transaction, one event."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models import Model, Q

from ontology.choices import GroupStatus, Right
from ontology.errors import (
    AlreadyMember,
    ChangedMeanwhile,
    CreatorOfAnotherGroup,
    DomainError,
    FieldRefused,
    GroupBelowItself,
    GroupUnknown,
    LastOwner,
    RightMissing,
    SlugTaken,
)
from ontology.ids import uuid7
from ontology.models import Group, Membership, Person, Thing
from ontology.services.access import ROLE_RIGHTS, group_access, membership_rights
from ontology.services.actor import Actor
from ontology.services.limits import limits_settle, limits_told
from ontology.services.record import event_record, platform_record


class GroupFields(TypedDict, total=False):
    """What a group may be given beside its slug and name."""

    type: str
    parent: Group | None
    description: str
    metadata: dict[str, Any]
    visibility: str
    join_policy: str
    status: str


class GroupChanges(GroupFields, total=False):
    """What may change of a group."""

    slug: str
    name: str


class MembershipChanges(TypedDict, total=False):
    """What may change of a membership."""

    role: str
    permissions: list[str]
    creator: Thing | None


_FIELD_RULES = {
    "group_slug_is_lower_case_words": ("slug", "A slug is made of lower-case letters and digits, in words joined by single hyphens."),
    "group_name_is_not_blank": ("name", "A group needs a name."),
    "group_type_is_known": ("type", "There is no such type of group."),
    "group_visibility_is_known": ("visibility", "A group is public or private."),
    "group_join_policy_is_known": ("join_policy", "There is no such join policy."),
    "group_of_platform_stays": ("slug", "The platform's own group keeps its slug, lies below no other, and stays in use."),
    "group_status_is_known": ("status", "A group is active or archived."),
    "group_metadata_is_object": ("metadata", "Metadata is a JSON object, in braces."),
    "membership_role_is_known": ("role", "There is no such role."),
    "membership_permissions_is_list": ("permissions", "Permissions are a JSON list, in brackets."),
}


def group_create(*, slug: str, name: str, group_id: uuid.UUID | None = None, actor: Actor | None = None, **fields: Unpack[GroupFields]) -> Group:
    """A new group, with the event `group_created` in its parent's record, or the platform's: its own begins empty.

    GROUP_ID is for callers whose scope must hold the group before it is there. Raises SlugTaken, GroupBelowItself or FieldRefused.
    """
    group = Group(id=group_id or uuid7(), slug=slug, name=name.strip(), **fields)
    with transaction.atomic():
        with _rules_told(group):
            group.save(force_insert=True)
        told = _plain({"groupId": group.pk, "slug": slug, "name": group.name, **fields})
        if group.parent is None:
            platform_record("group_created", actor=actor, metadata=told)
        else:
            event_record(group.parent, "group_created", actor=actor, metadata=told)
    return group


def group_update(group: Group, changes: GroupChanges, *, if_unmodified: datetime | None = None, actor: Actor | None = None) -> Group:
    """The group with its changes, and one event `group_updated` {changes, old, new}; nothing is written when nothing differs.

    Raises SlugTaken, GroupBelowItself or FieldRefused, ChangedMeanwhile when its `updated_at` is not IF_UNMODIFIED, and RightMissing for a move by
    somebody who does not manage the group and both its parents.
    """
    with transaction.atomic():
        current = Group.objects.select_for_update(of=("self",)).select_related("parent").get(pk=group.pk)
        if if_unmodified is not None and current.updated_at != if_unmodified:
            raise ChangedMeanwhile(f"The group {current.slug}", current.updated_at)
        if "parent" in changes and changes["parent"] != current.parent:
            _demand_may_move(current, changes["parent"], actor)
        old, new = _differences(current, changes)
        if new:
            with _rules_told(current):
                current.save(update_fields=list(new))
            event_record(current, "group_updated", actor=actor, metadata={"changes": list(new), "old": _plain(old), "new": _plain(new)})
    return current


def _demand_may_move(group: Group, parent: Group | None, actor: Actor | None) -> None:
    """Rights flow down the tree: whoever moves a group opens it to the owners above its new place, and closes it to those of the old."""
    if actor is None or actor.person is None or actor.governs:
        return
    for place in (group, group.parent, parent):
        if place is not None and not _manages(actor.person, place):
            raise RightMissing(Right.MANAGE, place.slug)


def _manages(person: Person, group: Group) -> bool:
    try:
        return Right.MANAGE in group_access(person, group.slug).rights
    except GroupUnknown:
        return False


def group_archive(group: Group, *, if_unmodified: datetime | None = None, actor: Actor | None = None) -> Group:
    """The group put away: it stays readable, and the doors refuse writes into it (`GroupArchived`). One event, none when it is archived already.

    Raises ChangedMeanwhile when its `updated_at` is not IF_UNMODIFIED.
    """
    return group_update(group, {"status": GroupStatus.ARCHIVED}, if_unmodified=if_unmodified, actor=actor)


def group_reactivate(group: Group, *, actor: Actor | None = None) -> Group:
    """The group in use again. One event, none when it is active already."""
    return group_update(group, {"status": GroupStatus.ACTIVE}, actor=actor)


def membership_add(group: Group, person: Person, role: str, *, actor: Actor | None = None, creator: Thing | None = None) -> Membership:
    """The person's place in the group, with the event `user_joined_group`. Raises AlreadyMember, CreatorOfAnotherGroup, FieldRefused or
    QuotaExceeded.
    """
    membership = Membership(group=group, person=person, role=role, creator=creator)
    with limits_told(), transaction.atomic():
        with _rules_told(membership):
            membership.save(force_insert=True)
        _member_event(membership, "user_joined_group", actor)
        limits_settle()
    return membership


def membership_update(membership: Membership, changes: MembershipChanges, *, actor: Actor | None = None) -> Membership:
    """The membership with its changes, and one event `group_updated` that names the person; nothing when nothing differs.

    Raises CreatorOfAnotherGroup, FieldRefused, or LastOwner when it leaves a root group without a member who manages it.
    """
    with transaction.atomic():
        current = Membership.objects.select_for_update(of=("self",)).select_related("group", "person", "creator").get(pk=membership.pk)
        managed = Right.MANAGE in membership_rights(current)
        old, new = _differences(current, changes)
        if managed and Right.MANAGE not in membership_rights(current):
            _demand_manager(current, actor)
        if new:
            with _rules_told(current):
                current.save(update_fields=list(new))
            told = {"changes": [f"membership.{name}" for name in new], "old": _plain(old), "new": _plain(new)}
            event_record(current.group, "group_updated", actor=actor, metadata={**told, "person": str(current.person_id)})
    return current


def membership_remove(membership: Membership, *, actor: Actor | None = None) -> None:
    """Takes the person out of the group, with the event `user_removed_from_group`; the account and its creator thing stay.

    Raises LastOwner for the last member who manages a root group.
    """
    with transaction.atomic():
        current = Membership.objects.select_for_update(of=("self",)).select_related("group", "person").get(pk=membership.pk)
        if Right.MANAGE in membership_rights(current):
            _demand_manager(current, actor)
        _member_event(current, "user_removed_from_group", actor)
        current.delete()


def _demand_manager(membership: Membership, actor: Actor | None) -> None:
    """Raises LastOwner when nobody but MEMBERSHIP's person manages its root group; the platform, its owners and superusers may leave it so.

    Locks the group, so that two members do not leave at once. One query, or two.
    """
    if actor is None or actor.governs:
        return
    managing = Q(role__in=[role for role, rights in ROLE_RIGHTS.items() if Right.MANAGE in rights]) | Q(permissions__contains=[Right.MANAGE.value])
    if Group.objects.select_for_update(no_key=True).get(pk=membership.group_id).parent_id is not None:
        return
    if not Membership.objects.filter(managing, group=membership.group_id, person__is_active=True).exclude(pk=membership.pk).exists():
        raise LastOwner(membership.group.slug)


def _member_event(membership: Membership, event_type: str, actor: Actor | None) -> None:
    told = {"person": membership.person_id, "role": membership.role, "creator": membership.creator_id}
    event_record(membership.group, event_type, actor=actor, target_id=membership.creator_id, metadata=_plain(told))


def _differences(row: Model, changes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Sets the changes on the row; returns the old and the new values of what differs."""
    old = {name: getattr(row, name) for name, value in changes.items() if getattr(row, name) != value}
    new = {name: changes[name] for name in old}
    for name, value in new.items():
        setattr(row, name, value)
    return old, new


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in values.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, Model):
        return str(value.pk)
    return str(value) if isinstance(value, uuid.UUID) else value


@contextmanager
def _rules_told(row: Group | Membership) -> Iterator[None]:
    """Turns a refusal of the database into the error of its rule."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        raise (_group_error(row, rule) if isinstance(row, Group) else _membership_error(row, rule)) or _field_error(rule, error) from error


def _field_error(rule: str, error: IntegrityError) -> DomainError:
    if rule in _FIELD_RULES:
        return FieldRefused(*_FIELD_RULES[rule])
    return DomainError(f"The database refused the change by its rule {rule or error}.")


def _group_error(group: Group, rule: str) -> DomainError | None:
    if rule == "group_slug_is_unique":
        return SlugTaken(group.slug)
    if rule == "group_is_not_its_own_ancestor":
        return GroupBelowItself(group.slug, group.parent.slug if group.parent else group.slug)
    return None


def _membership_error(membership: Membership, rule: str) -> DomainError | None:
    if rule == "membership_is_one_per_group_and_person":
        return AlreadyMember(str(membership.person), membership.group.slug)
    if rule == "membership_creator_in_group":
        return CreatorOfAnotherGroup(str(membership.creator), membership.group.slug)
    return None
