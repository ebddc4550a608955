"""groups/ and groups/{slug}/: list, create, read, change, archive, children, settings."""

import json
from collections.abc import Mapping
from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpResponse

from ontology.api.answers import answer
from ontology.api.cases import items_in
from ontology.api.columns import FIELDS, OMIT, Columns, JsonText
from ontology.api.endpoint import Endpoint, GroupEndpoint
from ontology.api.filters import GroupFilters
from ontology.api.nouns import Noun
from ontology.api.operations import describes
from ontology.api.pages import Listing
from ontology.api.refusals import Refusal, demand_known, input_refused, told
from ontology.api.requests import object_of
from ontology.api.shapes import groups as shapes
from ontology.api.shapes.examples import GROUP, NEW_GROUP, SETTINGS, page_of
from ontology.choices import Right
from ontology.errors import GroupUnknown, RightMissing
from ontology.ids import uuid7
from ontology.isolation import acting, current_scope
from ontology.models import Group
from ontology.services.access import group_access
from ontology.services.groups import GroupChanges, group_archive, group_create, group_update
from ontology.validation.groups import GROUP_FIELDS, group_faults
from ontology.validation.problems import problems_at, shown

TAG = "groups"
COLUMNS = Columns(
    {
        "id": "id",
        "slug": "slug",
        "name": "name",
        "type": "type",
        "parent": "parent__slug",
        "description": "description",
        "visibility": "visibility",
        "joinPolicy": "join_policy",
        "status": "status",
        "metadata": JsonText("metadata"),
        "createdAt": "created_at",
        "updatedAt": "updated_at",
    }
)
SETTINGS_FIELDS = frozenset({"visibility", "join_policy", "status", "metadata"})
CHANGE_FIELDS = GROUP_FIELDS - {"parent"}


class GroupNoun(Noun):
    """Groups, which lie in no group but are one."""

    def of(self, group: Group) -> QuerySet[Any]:
        """The group itself."""
        return self.rows().filter(pk=group.pk)


GROUPS = GroupNoun("group", Listing("groups", COLUMNS), GroupFilters, Group.objects.all, deletable=False)
SETTINGS_ROW = GroupNoun(
    "group",
    Listing("settings", Columns({name: COLUMNS.sources[name] for name in ("visibility", "joinPolicy", "status", "metadata")})),
    GroupFilters,
    Group.objects.all,
    deletable=False,
)


class Groups(Endpoint):
    """The groups within reach."""

    @describes(
        Right.READ,
        "groups_list",
        "List groups",
        "The groups that you (through your token) may reach: those of your memberships and all below them.",
        tag=TAG,
        answers={200: shapes.GroupPage},
        parameters=GROUPS.list_parameters,
        shown=page_of(GROUP),
    )
    def get(self, request: Any) -> HttpResponse:
        """A page."""
        scope = current_scope()
        rows = Group.objects.all()
        if scope is None or not scope.everywhere:
            rows = rows.filter(pk__in=scope.groups if scope else [])
        return answer(GROUPS.listing.page(GroupFilters.applied(request.GET, rows), self.parameters))

    @describes(
        Right.MANAGE,
        "groups_create",
        "Create a group",
        "A group below one that you manage. Root groups are made by owners of the platform.",
        tag=TAG,
        answers={201: shapes.Group},
        body=shapes.NewGroup,
        sent=NEW_GROUP,
        shown=GROUP,
        tagged=True,
    )
    def post(self, request: Any) -> HttpResponse:
        """Makes one, in a scope that holds it already: its rows could not be written otherwise."""
        item = object_of(self.body)
        items_in([item], GROUP_FIELDS)
        demand_shape(item)
        parent, scope, group_id = self._parent(item.pop("parent", None)), current_scope(), uuid7()
        assert scope is not None
        with acting(scope.with_groups([group_id])):
            made = group_create(group_id=group_id, actor=self.actor, parent=parent, **item)
            return GROUPS.written(made, made.pk, location=f"{request.path}{made.slug}/")

    def admit_again(self, kept: HttpResponse) -> None:
        """Raises GroupUnknown when the group that was made is out of reach by now, RightMissing when it is not managed any more."""
        made = json.loads(kept.content)
        group = Group.objects.filter(pk=made["id"]).first()
        if group is None:
            raise GroupUnknown(made["slug"])
        group_access(self.person, group.slug, self.token).demand(Right.MANAGE)

    def _parent(self, slug: str | None) -> Group | None:
        """The group above the new one. Raises Refusal 422 for one out of reach, RightMissing for one that is not managed."""
        if slug is None:
            if not self.person.is_platform_owner or (self.token is not None and self.token.group_id is not None):
                raise Refusal(403, RightMissing.code, "Root groups are made by owners of the platform; name a `parent` that you manage.")
            return None
        try:
            access = group_access(self.person, slug, self.token)
        except GroupUnknown:
            sentence = f"There is no group {shown(slug)} here to be its parent."
            raise input_refused([{"field": "parent", "code": "not_found", "error": sentence}]) from None
        access.demand(Right.MANAGE)
        return access.group


class OneGroup(GroupEndpoint):
    """One group."""

    @describes(
        Right.READ,
        "groups_read",
        "Read a group",
        "The group, with the moment of its last change as ETag.",
        tag=TAG,
        answers={200: shapes.Group, 304: None},
        parameters=(FIELDS, OMIT),
        shown=GROUP,
        tagged=True,
    )
    def get(self, request: Any) -> HttpResponse:
        """The group."""
        return GROUPS.shown(self.group, self.group.pk, request, self.parameters)

    @describes(
        Right.MANAGE,
        "groups_update",
        "Change a group",
        "What is left out stays. A new slug is a new address.",
        tag=TAG,
        answers={200: shapes.Group},
        body=shapes.GroupChanges,
        sent={"name": "Acme Lights"},
        shown=GROUP,
        tagged=True,
    )
    def patch(self, request: Any) -> HttpResponse:
        """Changes it."""
        changed(self, request, CHANGE_FIELDS, GROUPS)
        return GROUPS.written(self.group, self.group.pk)

    @describes(
        Right.MANAGE,
        "groups_archive",
        "Archive a group",
        "Puts the group away: it stays readable and takes no writes. PATCH its status to `active` to use it again. No row is deleted.",
        tag=TAG,
        answers={204: None},
        tagged=True,
    )
    def delete(self, request: Any) -> HttpResponse:
        """Archives it."""
        moment = GROUPS.find(self.group, self.group.pk).demand(request)
        group_archive(self.group, if_unmodified=moment, actor=self.actor)
        return answer(None)


class GroupChildren(GroupEndpoint):
    """The groups right below one."""

    @describes(
        Right.READ,
        "groups_children",
        "List the groups below a group",
        "Those right below it, the latest first, by pages.",
        tag=TAG,
        answers={200: shapes.GroupPage},
        parameters=GROUPS.list_parameters,
        shown=page_of(GROUP),
    )
    def get(self, request: Any) -> HttpResponse:
        """A page."""
        rows = Group.objects.filter(parent=self.group)
        return answer(GROUPS.listing.page(GroupFilters.applied(request.GET, rows), self.parameters))


class GroupSettings(GroupEndpoint):
    """A group's settings."""

    @describes(
        Right.READ,
        "groups_settings_read",
        "Read the settings of a group",
        "Visibility, join policy, status and metadata.",
        tag=TAG,
        answers={200: shapes.GroupSettings, 304: None},
        shown=SETTINGS,
        tagged=True,
    )
    def get(self, request: Any) -> HttpResponse:
        """The settings."""
        return SETTINGS_ROW.shown(self.group, self.group.pk, request, self.parameters)

    @describes(
        Right.MANAGE,
        "groups_settings_update",
        "Change the settings of a group",
        "What is left out stays.",
        tag=TAG,
        answers={200: shapes.GroupSettings},
        body=shapes.SettingsChanges,
        sent={"visibility": "public"},
        shown=SETTINGS,
        tagged=True,
    )
    def patch(self, request: Any) -> HttpResponse:
        """Changes them."""
        changed(self, request, SETTINGS_FIELDS, SETTINGS_ROW)
        return SETTINGS_ROW.written(self.group, self.group.pk)


def changed(view: GroupEndpoint, request: Any, known: frozenset[str], noun: Noun) -> None:
    """Changes the group of VIEW by the KNOWN fields of its body. Raises Refusal 412 and 422."""
    changes = object_of(view.body)
    items_in([changes], GROUP_FIELDS)
    demand_known(changes, known)
    demand_shape({"slug": view.group.slug, "name": view.group.name, **changes})
    moment = noun.find(view.group, view.group.pk).demand(request)
    group_update(view.group, cast(GroupChanges, changes), if_unmodified=moment, actor=view.actor)


def demand_shape(item: Mapping[str, Any]) -> None:
    """Raises Refusal 422 with all that is wrong with a group's own fields."""
    faults = group_faults(item)
    if faults:
        raise input_refused(told(problems_at(0, faults), single=True))
