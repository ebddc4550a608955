"""groups/{slug}/members/: who may do what in a group."""

from typing import Any

import django_filters as filters
from django.http import HttpResponse

from ontology.api.answers import answer
from ontology.api.columns import Columns, JsonText
from ontology.api.endpoint import GroupEndpoint
from ontology.api.filters import Filters, WordsFilter
from ontology.api.nouns import Found, Noun
from ontology.api.operations import describes
from ontology.api.pages import Listing
from ontology.api.refusals import demand_known, input_refused, not_found, told
from ontology.api.requests import object_of
from ontology.api.shapes import groups as shapes
from ontology.api.shapes.examples import MEMBER, page_of
from ontology.choices import MemberRole, Right
from ontology.errors import FieldRefused
from ontology.models import Membership, Thing
from ontology.services.access import membership_rights
from ontology.services.groups import MembershipChanges, membership_remove, membership_update
from ontology.services.invitations import member_invite
from ontology.services.references import ends_find
from ontology.validation.connections import end_key_faults
from ontology.validation.groups import membership_faults
from ontology.validation.problems import problems_at, shown

TAG = "members"
COLUMNS = Columns(
    {
        "person": "person_id",
        "email": "person__email",
        "displayName": "person__display_name",
        "role": "role",
        "permissions": JsonText("permissions"),
        "creator": "creator_id",
        "createdAt": "created_at",
        "updatedAt": "updated_at",
    }
)
CHANGE_FIELDS = frozenset({"role", "permissions", "creator"})


class MemberFilters(Filters):
    """Filters of members."""

    role = WordsFilter("role", choices=tuple(MemberRole.values), help_text=f"With one of these roles: {', '.join(MemberRole.values)}.")
    email = filters.CharFilter("person__email", lookup_expr="iexact", help_text="With this address, whatever its case.")


MEMBERS = Noun("member", Listing("members", COLUMNS), MemberFilters, Membership.objects.all, deletable=False)


class Members(GroupEndpoint):
    """The members of a group."""

    @describes(
        Right.HISTORY,
        "members_list",
        "List the members of a group",
        "The memberships of this very group, the latest first; members of groups above it may act here too.",
        tag=TAG,
        answers={200: shapes.MemberPage},
        parameters=MEMBERS.list_parameters,
        shown=page_of(MEMBER),
    )
    def get(self, request: Any) -> HttpResponse:
        """A page."""
        return MEMBERS.page(self.group, request, self.parameters)

    @describes(
        Right.MANAGE,
        "members_add",
        "Add a member",
        "Makes the person with an e-mail address a member, and invites those who have no account yet; an e-mail tells them. Nobody gives a role "
        "with rights that they lack. The name of somebody who was in none of your groups before is left out.",
        tag=TAG,
        answers={201: shapes.Member},
        body=shapes.NewMember,
        sent={"email": "ada@example.org", "role": "group_user"},
        shown=MEMBER,
        tagged=True,
    )
    def post(self, request: Any) -> HttpResponse:
        """Adds one."""
        item = object_of(self.body)
        demand_known(item, frozenset({"email", "role"}))
        faults = membership_faults({"person": item.get("email"), "role": item.get("role", MemberRole.GROUP_USER.value)})
        if faults:
            renamed = [(field.replace("person", "email"), code, sentence.replace("person", "email", 1)) for field, code, sentence in faults]
            raise input_refused(told(problems_at(0, renamed), single=True))
        role = item.get("role", MemberRole.GROUP_USER.value)
        self.access.demand_active()
        self.access.demand_may_give(role, ())
        known = Membership.objects.filter(person__email__iexact=item["email"].strip(), group__in=self.access.scope.groups).exists()
        made = member_invite(self.group, item["email"], role, actor=self.actor, link_base=request.build_absolute_uri("/")).membership
        found = MEMBERS.find(self.group, made.pk)
        row = found.row if known else found.row | {"displayName": ""}
        return answer(row, 201, headers={"Location": f"{request.path}{made.person_id}/", "ETag": found.etag})


class OneMember(GroupEndpoint):
    """One member of a group, by the person's id."""

    @describes(
        Right.HISTORY,
        "members_read",
        "Read a member",
        "A person's place in this group.",
        tag=TAG,
        answers={200: shapes.Member, 304: None},
        shown=MEMBER,
        tagged=True,
    )
    def get(self, request: Any) -> HttpResponse:
        """The member."""
        return MEMBERS.shown(self.group, self._membership().pk, request, self.parameters)

    @describes(
        Right.MANAGE,
        "members_update",
        "Change a member",
        "Role, further rights, and the thing that stands for the person here. Nobody gives rights that they lack, and a root group keeps one "
        "member who manages it.",
        tag=TAG,
        answers={200: shapes.Member},
        body=shapes.MemberChanges,
        sent={"role": "group_owner"},
        shown=MEMBER | {"role": "group_owner"},
        tagged=True,
    )
    def patch(self, request: Any) -> HttpResponse:
        """Changes it."""
        item = object_of(self.body)
        demand_known(item, CHANGE_FIELDS)
        membership = self._membership()
        self._found(membership).demand(request)
        changes = self._changes(item)
        role, further = changes.get("role", membership.role), changes.get("permissions", membership.permissions)
        self.access.demand_may_give(role, further, membership_rights(membership))
        membership_update(membership, changes, actor=self.actor)
        return MEMBERS.written(self.group, membership.pk)

    @describes(
        Right.MANAGE,
        "members_remove",
        "Remove a member",
        "Takes the person out of the group; the account, its creator thing and its events stay. The last who manages a root group stays too.",
        tag=TAG,
        answers={204: None},
        tagged=True,
    )
    def delete(self, request: Any) -> HttpResponse:
        """Removes it."""
        membership = self._membership()
        self._found(membership).demand(request)
        membership_remove(membership, actor=self.actor)
        return answer(None)

    def _membership(self) -> Membership:
        """The membership, locked for a write. Raises Refusal 404."""
        rows = Membership.objects.select_related("person", "group").filter(group=self.group, person=self.kwargs["person"])
        found = (rows if self.operation.right is Right.HISTORY else rows.select_for_update(of=("self",), no_key=True)).first()
        if found is None:
            raise not_found("member")
        return found

    def _found(self, membership: Membership) -> Found:
        return MEMBERS.find(self.group, membership.pk)

    def _changes(self, item: dict[str, Any]) -> MembershipChanges:
        """ITEM as the service takes it. Raises Refusal 422."""
        permissions = item.get("permissions", [])
        if not isinstance(permissions, list) or any(word not in Right.values for word in permissions):
            raise FieldRefused("permissions", f"permissions must be a list of {', '.join(Right.values)}, not {shown(permissions)}.")
        if "role" in item and item["role"] not in MemberRole.values:
            raise FieldRefused("role", f"role must be one of {', '.join(MemberRole.values)}, not {shown(item['role'])}.")
        if item.get("creator") is not None:
            item["creator"] = self._creator(item["creator"])
        changes: Any = item
        return changes  # type: ignore[no-any-return]

    def _creator(self, key: Any) -> Thing:
        """The thing of the group that KEY names. Raises FieldRefused."""
        faults = end_key_faults("creator", key)
        end = None if faults else ends_find(self.group, [str(key)]).get(str(key))
        if end is None or end.is_deleted:
            raise FieldRefused("creator", faults[0][2] if faults else f"There is no live thing {shown(key)} in this group.")
        thing: Thing = Thing.objects.get(pk=end.id, group=self.group)
        return thing
