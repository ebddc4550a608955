"""Pages of connections: made and read; a connection goes with its thing."""

import uuid
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from ontology.admin.fields import JsonField
from ontology.admin.listing import ConnectionTypeFilter, StateFilter, type_choices
from ontology.admin.parts import json_block, link, moment_text
from ontology.admin.site import staff_actor
from ontology.admin.unfolded import AutocompleteFilter, Select
from ontology.admin.writing import ServiceAdmin, ServiceForm
from ontology.models import Connection, ConnectionType, Group, Thing
from ontology.services.connections import connections_insert


class ConnectionForm(ServiceForm):
    """A connection to be made."""

    metadata = JsonField()

    class Meta:
        model = Connection
        fields = ("group", "from_thing", "type", "to_thing", "strength", "valid_from", "valid_to", "metadata")
        labels = {"from_thing": "From", "to_thing": "To", "valid_from": "Valid from (UTC)", "valid_to": "Valid to (UTC)"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.fields["group"].required = True
            self.fields["type"] = forms.ChoiceField(choices=type_choices(ConnectionType), widget=Select())


@admin.register(Connection)
class ConnectionAdmin(ServiceAdmin[Connection]):
    """Connections, the latest first."""

    form = ConnectionForm
    list_display = ("from_link", "type", "to_link", "group_link", "strength", "since", "until")
    list_display_links = ("type",)
    list_filter = (("group", AutocompleteFilter), ConnectionTypeFilter, StateFilter)
    list_select_related = ("group", "from_thing", "to_thing")
    search_fields = ("id",)
    search_help_text = "Id"
    autocomplete_fields = ("group", "from_thing", "to_thing")
    field_names: ClassVar[dict[str, str]] = {"from": "from_thing", "to": "to_thing"}
    fieldsets = (
        (None, {"fields": ("from_link", "type", "to_link", "group_link", "strength")}),
        ("Validity", {"fields": ("since", "until")}),
        ("Metadata", {"fields": ("metadata_pretty",)}),
        ("Record", {"fields": ("id", "made", "removed")}),
    )
    add_fieldsets = (
        (None, {"fields": ("group", "from_thing", "type", "to_thing")}),
        ("Details", {"fields": ("strength", "valid_from", "valid_to", "metadata")}),
    )

    class Media:
        js = ("sextant/group-choice.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        """All whole connections with what their pages name; a legacy row without a group is the migration's."""
        return super().get_queryset(request).filter(group__isnull=False).select_related("group", "from_thing", "to_thing")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Also an end: a thing's page links there."""
        return lookup in {"from_thing__id__exact", "to_thing__id__exact"} or super().lookup_allowed(lookup, value, request)

    def has_change_permission(self, request: HttpRequest, obj: Connection | None = None) -> bool:
        """Never: a connection is made anew."""
        return False

    def write(self, request: HttpRequest, obj: Connection, form: Any, *, change: bool) -> uuid.UUID:
        """Inserts the connection."""
        given = form.cleaned_data
        item: dict[str, Any] = {
            "from": str(given["from_thing"].pk),
            "to": str(given["to_thing"].pk),
            "type": given["type"],
            "metadata": given["metadata"],
        }
        item |= {name: given[name] for name in ("strength", "valid_from", "valid_to") if given[name] is not None}
        return self.written(request, obj, connections_insert(given["group"], [item], mode="atomic", actor=staff_actor(request)))

    @admin.display(description="From")
    def from_link(self, row: Connection) -> SafeString | str:
        """The page of the thing it starts from."""
        return link(Thing, row.from_thing_id, row.from_thing)

    @admin.display(description="To")
    def to_link(self, row: Connection) -> SafeString | str:
        """The page of the thing it leads to."""
        return link(Thing, row.to_thing_id, row.to_thing)

    @admin.display(description="Group")
    def group_link(self, row: Connection) -> SafeString | str:
        """The group's page."""
        return link(Group, row.group_id, row.group)

    @admin.display(description="Valid from (UTC)")
    def since(self, row: Connection) -> str:
        """From when it holds."""
        return moment_text(row.valid_from)

    @admin.display(description="Valid to (UTC)")
    def until(self, row: Connection) -> str:
        """Until when it holds."""
        return moment_text(row.valid_to)

    @admin.display(description="Metadata")
    def metadata_pretty(self, row: Connection) -> SafeString:
        """The metadata."""
        return json_block(row.metadata)

    @admin.display(description="Made (UTC)")
    def made(self, row: Connection) -> str:
        """When the row was made."""
        return moment_text(row.created_at)

    @admin.display(description="Deleted (UTC)")
    def removed(self, row: Connection) -> str:
        """When it was deleted."""
        return moment_text(row.deleted_at)
