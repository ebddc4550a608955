"""Pages of connections: made, changed in all but their ends and type, deleted softly and restored."""

import uuid
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from ontology.admin.deleting import DeletableAdmin
from ontology.admin.fields import JsonField, StampField
from ontology.admin.listing import ConnectionTypeFilter, StateFilter, type_choices
from ontology.admin.parts import json_block, link, moment_text
from ontology.admin.site import staff_actor
from ontology.admin.unfolded import AutocompleteFilter, Select
from ontology.admin.writing import ServiceForm
from ontology.models import Connection, ConnectionType, Group, Thing
from ontology.services.access import demand_active
from ontology.services.connection_changes import connection_delete, connection_restore, connection_update
from ontology.services.single import connection_create


class ConnectionForm(ServiceForm):
    """A connection to be made or changed."""

    metadata = JsonField()
    if_unmodified = StampField()

    class Meta:
        model = Connection
        fields = ("group", "from_thing", "type", "to_thing", "strength", "valid_from", "valid_to", "metadata")
        labels = {"from_thing": "From", "to_thing": "To", "valid_from": "Valid from (UTC)", "valid_to": "Valid to (UTC)"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.fields["group"].required = True
            self.fields["type"] = forms.ChoiceField(choices=type_choices(ConnectionType), widget=Select())
        else:
            self.initial["if_unmodified"] = self.instance.updated_at


@admin.register(Connection)
class ConnectionAdmin(DeletableAdmin[Connection]):
    """Connections, the latest first."""

    form = ConnectionForm
    list_display = ("from_link", "type", "to_link", "group_link", "strength", "since", "until")
    list_display_links = ("type",)
    list_filter = (("group", AutocompleteFilter), ConnectionTypeFilter, StateFilter)
    list_select_related = ("group", "from_thing", "to_thing")
    search_fields = ("id",)
    search_help_text = "Id"
    autocomplete_fields = ("group", "from_thing", "to_thing")
    field_names: ClassVar[dict[str, str]] = {"from": "from_thing", "to": "to_thing", "merge": "metadata"}
    readonly_fields = ("from_link", "to_link", "group_link", "since", "until", "metadata_pretty", "id", "made", "changed", "removed")
    delete_service = staticmethod(connection_delete)
    restore_service = staticmethod(connection_restore)
    fieldsets = (
        (None, {"fields": ("from_link", "type", "to_link", "group_link", "strength")}),
        ("Validity", {"fields": ("since", "until")}),
        ("Metadata", {"fields": ("metadata_pretty",)}),
        ("Record", {"fields": ("id", "made", "changed", "removed")}),
    )
    add_fieldsets = (
        (None, {"fields": ("group", "from_thing", "type", "to_thing")}),
        ("Details", {"fields": ("strength", "valid_from", "valid_to", "metadata")}),
    )

    change_fieldsets = (
        (None, {"fields": ("from_link", "type", "to_link", "group_link")}),
        ("Details", {"fields": ("strength", "valid_from", "valid_to", "metadata", "if_unmodified")}),
        ("Record", {"fields": ("id", "made", "changed")}),
    )

    class Media:
        js = ("sextant/group-choice.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        """All whole connections with what their pages name; a legacy row without a group is the migration's."""
        return super().get_queryset(request).filter(group__isnull=False).select_related("group", "from_thing", "to_thing")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Also an end: a thing's page links there."""
        return lookup in {"from_thing__id__exact", "to_thing__id__exact"} or super().lookup_allowed(lookup, value, request)

    def get_fieldsets(self, request: HttpRequest, obj: Connection | None = None) -> Any:
        """The fields that a person may fill or read."""
        if obj is None:
            return self.add_fieldsets
        return self.change_fieldsets if self.has_change_permission(request, obj) else self.fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Connection | None = None) -> tuple[str, ...]:
        """A connection keeps its ends and its type."""
        return self.readonly_fields if obj is None else ("type", *self.readonly_fields)

    def write(self, request: HttpRequest, obj: Connection, form: Any, *, change: bool) -> uuid.UUID:
        """Makes or changes the connection."""
        given, actor = form.cleaned_data, staff_actor(request)
        if change:
            assert obj.group is not None
            demand_active(obj.group)
            changes = {name: given[name] for name in ("strength", "valid_from", "valid_to", "metadata")}
            return connection_update(Connection(pk=obj.pk, group=obj.group), changes, if_unmodified=given["if_unmodified"], actor=actor).pk
        demand_active(given["group"])
        item: dict[str, Any] = {
            "from": str(given["from_thing"].pk),
            "to": str(given["to_thing"].pk),
            "type": given["type"],
            "metadata": given["metadata"],
        }
        item |= {name: given[name] for name in ("strength", "valid_from", "valid_to") if given[name] is not None}
        return connection_create(given["group"], item, actor=actor).pk

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

    @admin.display(description="Last changed (UTC)")
    def changed(self, row: Connection) -> str:
        """When the row last changed."""
        return moment_text(row.updated_at)

    @admin.display(description="Deleted (UTC)")
    def removed(self, row: Connection) -> str:
        """When it was deleted."""
        return moment_text(row.deleted_at)
