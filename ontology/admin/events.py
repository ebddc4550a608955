"""Pages of events: read, never written."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from ontology.admin.audit import DOORS, act, act_block
from ontology.admin.listing import DoorFilter, EventTypeFilter, as_uuid, chosen_group, chosen_person
from ontology.admin.parts import NOTHING, badge, json_block, link, metadata_line, moment_text
from ontology.admin.site import ReadOnlyAdmin, may_view
from ontology.admin.unfolded import AutocompleteFilter, MomentFilter
from ontology.choices import Door
from ontology.metrics import entries
from ontology.models import Event, Group, Person, Thing


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin[Event]):
    """Events, the latest first: by the index of the group when one is chosen, else by id, whose first bits are the event's moment."""

    list_display = ("moment", "type", "group_link", "actor_link", "target_link", "person_link", "door_badge", "metadata_line")
    list_display_links = ("moment",)
    list_filter = (("group", AutocompleteFilter), EventTypeFilter, ("person", AutocompleteFilter), DoorFilter, ("timestamp", MomentFilter))
    list_select_related = ("group", "actor", "target", "person")
    search_fields = ("external_id",)
    search_exact = ("external_id",)
    search_help_text = "Id; external id once a group is chosen"
    fieldsets = (
        (None, {"fields": ("type", "moment", "group_link", "actor_link", "target_link")}),
        ("Who", {"fields": ("person_link", "person_email", "door", "request_id")}),
        ("What", {"fields": ("changes",)}),
        ("Metadata", {"fields": ("metadata_pretty",)}),
        ("Record", {"fields": ("id", "external_id", "recorded")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        """All whole events, with what their pages name; a legacy row without a group is the migration's."""
        return super().get_queryset(request).filter(group__isnull=False).select_related("group", "actor", "target", "person")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Event], search_term: str) -> tuple[QuerySet[Event], bool]:
        """The event with the id; with a group chosen, also those with the external id: its index begins with the group."""
        if search_term.strip() and not chosen_group(request) and as_uuid(search_term) is None:
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Also the thing that events are by or on, and the person who made them: their pages link there."""
        return lookup in {"actor__id__exact", "target__id__exact", "person__id__exact"} or super().lookup_allowed(lookup, value, request)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The order of the index that serves the list."""
        return ("-timestamp", "-id") if chosen_group(request) or chosen_person(request) else ("-id",)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """The filters; people only for those who may view them."""
        return [each for each in self.list_filter if each != ("person", AutocompleteFilter) or may_view(request, Person)]

    @admin.display(description="Door")
    def door_badge(self, event: Event) -> SafeString | str:
        """The door of a list's row."""
        by = event.metadata.get("by") if isinstance(event.metadata, dict) else None
        door = str(by.get("door", "")) if isinstance(by, dict) else ""
        return badge(*DOORS[Door(door)]) if door in Door.values else NOTHING

    @admin.display(description="Door")
    def door(self, event: Event) -> SafeString | str:
        """The door, and the beginning of the API token if one opened it; one query for a token."""
        found = act(entries([event])[0])
        return badge(found.door_colour, found.door) if found.door else NOTHING

    @admin.display(description="E-mail")
    def person_email(self, event: Event) -> str:
        """The address of the person."""
        return event.person.email if event.person is not None else NOTHING

    @admin.display(description="Request")
    def request_id(self, event: Event) -> str:
        """The id of the request, run or task."""
        return entries([event])[0].request_id or NOTHING

    @admin.display(description="Told")
    def changes(self, event: Event) -> SafeString:
        """What changed, field by field, and what else the event tells."""
        return act_block(entries([event])[0])

    @admin.display(description="When (UTC)")
    def moment(self, event: Event) -> str:
        """When it happened."""
        return moment_text(event.timestamp)

    @admin.display(description="Group")
    def group_link(self, event: Event) -> SafeString | str:
        """The group's page."""
        return link(Group, event.group_id, event.group)

    @admin.display(description="Actor")
    def actor_link(self, event: Event) -> SafeString | str:
        """The page of the thing that acted."""
        return link(Thing, event.actor_id, event.actor)

    @admin.display(description="Target")
    def target_link(self, event: Event) -> SafeString | str:
        """The page of the thing that was acted on."""
        return link(Thing, event.target_id, event.target)

    @admin.display(description="Person")
    def person_link(self, event: Event) -> SafeString | str:
        """The page of the person who signed in for it; the platform itself has none."""
        return link(Person, event.person_id, event.person)

    @admin.display(description="Metadata")
    def metadata_line(self, event: Event) -> str:
        """The beginning of the metadata, without what the columns of person and door tell."""
        return metadata_line(event.metadata)

    @admin.display(description="Metadata")
    def metadata_pretty(self, event: Event) -> SafeString:
        """The metadata."""
        return json_block(event.metadata)

    @admin.display(description="Recorded (UTC)")
    def recorded(self, event: Event) -> str:
        """When the row was written."""
        return moment_text(event.created_at)
