"""Pages of things."""

import uuid
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.safestring import SafeString

from ontology.admin.audit import audit_page, audit_url
from ontology.admin.deleting import DeletableAdmin
from ontology.admin.fields import JsonField
from ontology.admin.listing import StateFilter, ThingTypeFilter, as_uuid, chosen_group, in_chosen_group, type_choices
from ontology.admin.neighbours import last_editor_sentence, thing_facts, thing_neighbours
from ontology.admin.parts import badge, json_block, link, list_address, moment_text
from ontology.admin.site import links_shown, may_view, page_context, staff_actor
from ontology.admin.unfolded import AutocompleteFilter, ChoiceFilter, Select, TextInput
from ontology.admin.writing import Refusal, ServiceForm
from ontology.choices import ThingStatus
from ontology.errors import ChangedMeanwhile, DomainError, FieldRefused
from ontology.metrics import Elsewhere
from ontology.models import Connection, Event, Group, Thing, ThingType
from ontology.services.access import demand_active
from ontology.services.deletions import thing_delete, thing_restore
from ontology.services.single import thing_change, thing_create

STATUS_COLOURS = {
    ThingStatus.DRAFT: "grey",
    ThingStatus.ACTIVE: "green",
    ThingStatus.PUBLISHED: "blue",
    ThingStatus.INACTIVE: "orange",
    ThingStatus.ARCHIVED: "grey",
}


class ThingForm(ServiceForm):
    """A thing to be made or changed."""

    name = forms.CharField(max_length=2000, widget=TextInput())
    properties = JsonField(help_text="A JSON object that the type's schema allows.")
    if_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Thing
        fields = ("group", "type", "name", "status", "external_id", "properties")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.fields["group"].required = True
            self.fields["type"] = forms.ChoiceField(choices=type_choices(ThingType), widget=Select())
        else:
            self.initial["if_version"] = self.instance.version


@admin.register(Thing)
class ThingAdmin(DeletableAdmin[Thing]):
    """Things, the latest first; made and changed by the bulk services, one at a time; deleted softly."""

    form = ThingForm
    change_form_template = "admin/ontology/thing.html"
    list_display = ("name", "type", "state_badge", "group_link", "external_id", "made")
    list_filter = (("group", AutocompleteFilter), ThingTypeFilter, ("status", ChoiceFilter), StateFilter)
    list_select_related = ("group",)
    search_fields = ("name", "external_id")
    search_part = ("name",)
    search_exact = ("external_id",)
    search_help_text = "Part of a name, external id or id"
    autocomplete_fields = ("group",)
    delete_service = staticmethod(thing_delete)
    restore_service = staticmethod(thing_restore)
    readonly_fields = ("state_badge", "properties_pretty")
    field_names: ClassVar[dict[str, str]] = {"if_version": "", "id": "", "merge": "properties"}
    elsewhere: ClassVar[Elsewhere | None] = None
    """Where events are that have left the database: an app above says so in a subclass."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Thing]:
        """All whole things, deleted ones too, with their group; a legacy row without one is the migration's."""
        return super().get_queryset(request).filter(group__isnull=False).select_related("group")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Thing], search_term: str) -> tuple[QuerySet[Thing], bool]:
        """What the term finds; for a form's reference, live things of the form's group only."""
        if request.path.endswith("/autocomplete/"):
            queryset = in_chosen_group(request, queryset).filter(deleted_at__isnull=True)
        return super().get_search_results(request, queryset, search_term)

    def search_narrowing(self, request: HttpRequest) -> dict[str, Any]:
        """The chosen group and type: the newest of theirs are searched, not of all."""
        return {"group_id": as_uuid(chosen_group(request)), "types": request.GET.getlist("type") or None}

    def get_fieldsets(self, request: HttpRequest, obj: Thing | None = None) -> Any:
        """The fields that a person may fill; what keeps itself stands above the form."""
        if obj is None:
            return ((None, {"fields": ("group", "type", "name", "status", "external_id", "properties")}),)
        if not self.has_change_permission(request, obj):
            return ((None, {"fields": ("name", "state_badge", "properties_pretty")}),)
        return ((None, {"fields": ("name", "status", "properties", "if_version")}),)

    def write(self, request: HttpRequest, obj: Thing, form: Any, *, change: bool) -> uuid.UUID:
        """Inserts or updates the thing."""
        actor, given = staff_actor(request), form.cleaned_data
        item: dict[str, Any] = {name: given[name] for name in ("name", "status", "properties")}
        if change:
            assert obj.group is not None
            demand_active(obj.group)
            return thing_change(obj, item, if_version=given["if_version"], actor=actor).pk
        demand_active(given["group"])
        item |= {"type": given["type"], **({"external_id": given["external_id"]} if given["external_id"] else {})}
        return thing_create(given["group"], item, actor=actor).pk

    def refusals_of(self, request: HttpRequest, obj: Thing, error: DomainError) -> list[Refusal]:
        """A lost race names the person who won it."""
        return [("", last_editor_sentence(obj) if isinstance(error, ChangedMeanwhile) else str(error))]

    def get_urls(self) -> list[Any]:
        """Also the audit trail."""
        return [path("<path:object_id>/audit/", self.admin_site.admin_view(self.audit_view), name="ontology_thing_audit"), *super().get_urls()]

    def audit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Who did what to the thing, through which door, with all its connections; for those who may view events."""
        thing = self.get_object(request, object_id)
        if thing is None or not (self.has_view_permission(request, thing) and may_view(request, Event) and may_view(request, Connection)):
            raise Http404
        links_shown(request)
        try:
            trail = audit_page(thing, request.GET, type(self).elsewhere)
        except FieldRefused:
            return HttpResponseRedirect(audit_url(thing))
        names = {"opts": self.opts, "original": thing, "title": f"Audit trail of {thing}", "page": trail}
        return TemplateResponse(request, "admin/ontology/thing_audit.html", {**self.admin_site.each_context(request), **names})

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The thing with what it is, its connections and latest events, a few of each."""
        links_shown(request)
        thing = self.get_object(request, object_id)
        audited = thing is not None and may_view(request, Event) and may_view(request, Connection)
        facts = thing_facts(thing) if thing is not None else []
        around = thing_neighbours(thing) if thing is not None and request.method == "GET" else None
        context = page_context(extra_context, facts=facts, around=around, audit_url=audit_url(thing) if thing is not None and audited else "")
        return super().change_view(request, object_id, form_url, context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The events on the thing: they are its history."""
        return HttpResponseRedirect(list_address(Event, target__id__exact=object_id))

    @admin.display(description="Status")
    def state_badge(self, thing: Thing) -> SafeString:
        """The status, or that it is deleted."""
        if not thing.is_live:
            return badge("red", "Deleted")
        return badge(STATUS_COLOURS[ThingStatus(thing.status)], thing.get_status_display())

    @admin.display(description="Group")
    def group_link(self, thing: Thing) -> SafeString | str:
        """The group's page."""
        return link(Group, thing.group_id, thing.group)

    @admin.display(description="Made (UTC)")
    def made(self, thing: Thing) -> str:
        """When the thing was made."""
        return moment_text(thing.created_at)

    @admin.display(description="Properties")
    def properties_pretty(self, thing: Thing) -> SafeString:
        """The properties."""
        return json_block(thing.properties)
