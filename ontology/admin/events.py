"""Pages of events: read, never written."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from ontology.admin.listing import EventTypeFilter, as_uuid, chosen_group
from ontology.admin.parts import json_block, json_line, link, moment_text
from ontology.admin.site import ReadOnlyAdmin
from ontology.admin.unfolded import AutocompleteFilter, MomentFilter
from ontology.models import Event, Group, Person, Thing


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin[Event]):
    """Events, the latest first: by the index of the group when one is chosen, else by id, whose first bits are the event's moment."""

    list_display = ("moment", "type", "group_link", "actor_link", "target_link", "metadata_line")
    list_display_links = ("moment",)
    list_filter = (("group", AutocompleteFilter), EventTypeFilter, ("timestamp", MomentFilter))
    list_select_related = ("group", "actor", "target")
    search_fields = ("external_id",)
    search_exact = ("external_id",)
    search_help_text = "Id; external id once a group is chosen"
    fieldsets = (
        (None, {"fields": ("type", "moment", "group_link", "actor_link", "target_link", "person_link")}),
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
        return lookup in {"actor__id__exact", "target__id__exact", "person__id__exact", "timestamp__gte"} or super().lookup_allowed(
            lookup, value, request
        )

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The order of the index that serves the list."""
        return ("-timestamp", "-id") if chosen_group(request) else ("-id",)

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
        """The page of the person who signed in for it."""
        return link(Person, event.person_id, event.person)

    @admin.display(description="Metadata")
    def metadata_line(self, event: Event) -> str:
        """The beginning of the metadata."""
        return json_line(event.metadata)

    @admin.display(description="Metadata")
    def metadata_pretty(self, event: Event) -> SafeString:
        """The metadata."""
        return json_block(event.metadata)

    @admin.display(description="Recorded (UTC)")
    def recorded(self, event: Event) -> str:
        """When the row was written."""
        return moment_text(event.created_at)
