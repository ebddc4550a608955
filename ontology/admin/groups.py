"""Pages of groups and of their memberships."""

import uuid
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.safestring import SafeString

from ontology.admin.confirming import demand_confirmation
from ontology.admin.fields import JsonField
from ontology.admin.group_page import GroupPage, Panel, group_page
from ontology.admin.invitations import invitation_page, invitations_send_again
from ontology.admin.listing import as_uuid
from ontology.admin.outlook import outlook_page, outlook_url
from ontology.admin.parts import badge, link, list_address, moment_text, page_url
from ontology.admin.site import links_shown, may_view, page_context, staff_actor
from ontology.admin.unfolded import AutocompleteFilter, ChoiceFilter, page_action
from ontology.admin.writing import ServiceAdmin, ServiceForm
from ontology.choices import ExportFormat, ExportKind, GroupStatus
from ontology.errors import DomainError, FieldRefused
from ontology.isolation import Scope, current_scope
from ontology.models import Connection, Event, Group, Knowledge, Membership, Person, Thing
from ontology.services.exports import group_export
from ontology.services.groups import GroupChanges, MembershipChanges, group_create, group_update, membership_add, membership_remove, membership_update
from ontology.services.placing import demand_may_place
from ontology.services.streams import scoped_lines


class GroupForm(ServiceForm):
    """A group to be made or changed."""

    metadata = JsonField()

    class Meta:
        model = Group
        fields = ("name", "slug", "type", "parent", "description", "visibility", "join_policy", "status", "metadata")


@admin.register(Group)
class GroupAdmin(ServiceAdmin[Group]):
    """Groups by slug, and what each holds."""

    form = GroupForm
    change_form_template = "admin/ontology/group.html"
    list_display: tuple[str, ...] = ("name", "slug", "type", "parent_link", "state_badge", "made")
    list_filter = (("type", ChoiceFilter), ("status", ChoiceFilter), ("visibility", ChoiceFilter))
    list_select_related = ("parent",)
    ordering = ("slug",)
    search_fields = ("name", "slug")
    search_part = ("name",)
    search_exact = ("slug",)
    search_help_text = "Part of a name, slug or id"
    autocomplete_fields = ("parent",)
    fieldsets = (
        (None, {"fields": ("name", "slug", "type", "parent", "description")}),
        ("Who may see and join", {"fields": ("visibility", "join_policy", "status")}),
        ("Metadata", {"fields": ("metadata",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        """All groups with their parents."""
        return super().get_queryset(request).select_related("parent")

    def write(self, request: HttpRequest, obj: Group, form: Any, *, change: bool) -> uuid.UUID:
        """Makes the group, or changes what differs."""
        given = {name: form.cleaned_data[name] for name in GroupForm.Meta.fields}
        if change:
            changes = cast(GroupChanges, {name: value for name, value in given.items() if name in form.changed_data})
            if changes.get("status") == GroupStatus.ARCHIVED:
                demand_confirmation(request, "Archiving a group")
            return group_update(Group(pk=obj.pk), changes, actor=staff_actor(request)).pk
        return group_create(**given, actor=staff_actor(request)).pk

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The group with its counts, members, subgroups and runs."""
        links_shown(request)
        group = self.get_object(request, object_id)
        page = self._page(request, group) if group is not None and request.method == "GET" else None
        outlook = outlook_url(group) if group is not None and all(may_view(request, model) for model in (Thing, Event, Membership)) else ""
        choices = {"outlook_url": outlook, "export_kinds": ExportKind.choices, "export_formats": ExportFormat.choices}
        return super().change_view(request, object_id, form_url, page_context(extra_context, page=page, **choices))

    def _page(self, request: HttpRequest, group: Group) -> GroupPage:
        viewable = {model for model in (Membership, Thing, Connection, Event, Knowledge) if may_view(request, model)}
        members = self.admin_site.get_model_admin(Membership)
        may_add = members.has_add_permission(request)
        return group_page(group, viewable=viewable, members_may_be_added=may_add, panels=self.panels(request, group))

    def panels(self, request: HttpRequest, group: Group) -> list[Panel]:
        """What apps above show on a group's page: each registers a subclass in this one's place and adds its own to those of super()."""
        return []

    def get_urls(self) -> list[Any]:
        """The download of what a group holds and its outlook, besides."""
        export, outlook = self.admin_site.admin_view(self.export_view), self.admin_site.admin_view(self.outlook_view)
        return [
            path("<path:object_id>/export/", export, name="ontology_group_export"),
            path("<path:object_id>/outlook/", outlook, name="ontology_group_outlook"),
            *super().get_urls(),
        ]

    def outlook_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What is likely to come in the group; for those who may view its things and events."""
        group = self.get_object(request, object_id)
        if group is None or not all(may_view(request, model) for model in (Group, Thing, Event, Membership)):
            raise Http404
        links_shown(request)
        try:
            page = outlook_page(group, request.GET.get("after"))
        except FieldRefused:
            return HttpResponseRedirect(outlook_url(group))
        names = {"opts": self.opts, "original": group, "title": f"Outlook of {group}", "page": page, "group_url": page_url(Group, group.pk)}
        return TemplateResponse(request, "admin/ontology/outlook.html", {**self.admin_site.each_context(request), **names})

    def export_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """What the group holds, as a file that loads again."""
        group = self.get_object(request, object_id)
        if group is None:
            raise Http404
        if not all(may_view(request, model) for model in (Group, Thing, Connection, Event)):
            raise PermissionDenied
        try:
            kind, form = ExportKind(request.GET.get("kind", ExportKind.ALL)), ExportFormat(request.GET.get("format", ExportFormat.NDJSON))
        except ValueError:
            raise Http404 from None
        if kind is ExportKind.ALL and form is not ExportFormat.NDJSON:
            messages.error(request, f"A table holds rows of one kind: choose things, connections or events for {form.label}.")
            return HttpResponseRedirect(page_url(Group, group.pk))
        lines = scoped_lines(current_scope() or Scope(), lambda: group_export(group, kind, form))
        headers = {"Content-Disposition": f'attachment; filename="{group.slug}-{kind.value}.{form.value}"'}
        return StreamingHttpResponse(lines, content_type="application/octet-stream", headers=headers)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The events of the group's own changes."""
        return HttpResponseRedirect(list_address(Event, group__id__exact=object_id, type="group_updated"))

    @admin.display(description="Parent")
    def parent_link(self, group: Group) -> SafeString | str:
        """The parent's page."""
        return link(Group, group.parent_id, group.parent)

    @admin.display(description="Status")
    def state_badge(self, group: Group) -> SafeString:
        """Whether the group is in use."""
        return badge("green" if group.status == GroupStatus.ACTIVE else "grey", group.get_status_display())

    @admin.display(description="Made (UTC)")
    def made(self, group: Group) -> str:
        """When the group was made."""
        return moment_text(group.created_at)


class MembershipForm(ServiceForm):
    """A membership to be made or changed."""

    permissions = JsonField(kind=list, help_text="Further rights, as a JSON list of words.")

    class Meta:
        model = Membership
        fields = ("group", "person", "role", "creator", "permissions")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding and "creator" in self.fields:
            self.fields["creator"].widget.attrs["data-group"] = str(self.instance.group_id)


@admin.register(Membership)
class MembershipAdmin(ServiceAdmin[Membership]):
    """Memberships, the latest first; removing one leaves an event, and the account and its creator thing stay."""

    form = MembershipForm
    list_display = ("person_link", "group_link", "role", "creator_link", "joined")
    list_display_links = ("role",)
    list_filter = (("group", AutocompleteFilter), ("role", ChoiceFilter))
    list_select_related = ("group", "person", "creator")
    ordering = ("-id",)
    search_fields = ("person__email",)
    search_exact = ("person__email",)
    search_help_text = "E-mail address or id"
    autocomplete_fields = ("group", "person", "creator")
    fields = ("group", "person", "role", "creator", "permissions")
    actions = ("send_again", "remove")
    actions_list = ("invite",)

    class Media:
        js = ("sextant/group-choice.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """All memberships with what their pages name."""
        return super().get_queryset(request).select_related("group", "person", "creator")

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        """A membership stays with its group and person."""
        return ("group", "person") if obj is not None else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The group that a group's page linked from."""
        return {"group": as_uuid(request.GET.get("group", ""))}

    def write(self, request: HttpRequest, obj: Membership, form: Any, *, change: bool) -> uuid.UUID:
        """Adds the person to the group, or changes the place there."""
        given, actor = form.cleaned_data, staff_actor(request)
        changes = cast(MembershipChanges, {name: given[name] for name in ("role", "creator", "permissions") if name in form.changed_data})
        demand_may_place(actor, obj.group if change else given["group"], obj.person if change else given["person"])
        if change:
            if {"role", "permissions"} & set(changes):
                demand_confirmation(request, "Changing what somebody may do in a group")
            return membership_update(Membership(pk=obj.pk), changes, actor=actor).pk
        made = membership_add(given["group"], given["person"], given["role"], actor=actor, creator=given["creator"])
        if given["permissions"]:
            membership_update(made, {"permissions": given["permissions"]}, actor=actor)
        return made.pk

    @page_action(description="Invite by e-mail", url_path="invite", permissions=["add"])
    def invite(self, request: HttpRequest) -> HttpResponse:
        """A form for people known by their address only."""
        field = self.formfield_for_foreignkey(Membership._meta.get_field("group"), request)
        return invitation_page(request, {**self.admin_site.each_context(request), "opts": self.opts}, field)

    @admin.action(description="Send the invitation again", permissions=["add"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        """Sends the e-mail of each chosen membership once more."""
        invitations_send_again(request, queryset)

    @admin.action(description="Remove from the group", permissions=["change"])
    def remove(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        """Takes each chosen person out of the group."""
        demand_confirmation(request, "Removing people from a group")
        actor, count = staff_actor(request), 0
        for membership in queryset:
            try:
                demand_may_place(actor, membership.group)
                membership_remove(membership, actor=actor)
                count += 1
            except DomainError as error:
                self.message_user(request, f"{membership}: {error}", messages.ERROR)
        if count:
            self.message_user(request, f"{count:,} {'membership was' if count == 1 else 'memberships were'} removed.")

    @admin.display(description="Person")
    def person_link(self, row: Membership) -> SafeString | str:
        """The person's page."""
        return link(Person, row.person_id, row.person)

    @admin.display(description="Group")
    def group_link(self, row: Membership) -> SafeString | str:
        """The group's page."""
        return link(Group, row.group_id, row.group)

    @admin.display(description="Creator")
    def creator_link(self, row: Membership) -> SafeString | str:
        """The page of the thing that stands for the person."""
        return link(Thing, row.creator_id, row.creator)

    @admin.display(description="Joined (UTC)")
    def joined(self, row: Membership) -> str:
        """When the person joined."""
        return moment_text(row.created_at)
