"""Pages of the catalogue: types are made, changed and switched off, never deleted or renamed."""

import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ontology.admin.fields import JsonField, ListField
from ontology.admin.parts import NOTHING, badge, json_block, moment_text, page_url
from ontology.admin.site import staff_actor
from ontology.admin.unfolded import Switch, TextInput
from ontology.admin.writing import Refusal, ServiceAdmin, ServiceForm
from ontology.errors import DomainError, TypeEditBreaksRows, TypeInvalid
from ontology.models import Connection, ConnectionType, Event, EventType, Thing, ThingType
from ontology.models.catalogue import CatalogueType
from ontology.services.catalogue import connection_type_save, event_type_save, thing_type_save

BROKEN_ROWS_LINKED = 20


class TypeForm(ServiceForm):
    """A type of the catalogue; `confirm` keeps rows that the new rule would refuse."""

    schema = JsonField(help_text="JSON Schema (2020-12); empty allows everything.")
    from_types = ListField(required=False, widget=TextInput(), help_text="Thing types it may start from, separated by commas; empty: any.")
    to_types = ListField(required=False, widget=TextInput(), help_text="Thing types it may lead to, separated by commas; empty: any.")
    revenue_when = JsonField(help_text="The event counts when its metadata contains this; empty: always.")
    confirm = forms.BooleanField(required=False, widget=Switch(), label="Save all the same", help_text="Existing rows stay as they are.")


class TypeAdmin[T: CatalogueType](ServiceAdmin[T]):
    """Types of one kind, by name. `save_type` is the service, `rows` the model whose rows name the types."""

    form = TypeForm
    rows: ClassVar[Any]
    save_type: ClassVar[Callable[..., Any]]
    own_fields: ClassVar[tuple[str, ...]] = ()
    text_fields: ClassVar[tuple[str, ...]] = ("schema_text",)
    list_display: Any = ("name", "category", "feature", "state_badge", "changed")
    list_filter = ("active", "feature")
    ordering = ("name",)
    search_fields = ("name", "category")
    search_part = ("name", "category")
    search_help_text = "Part of a name or category"

    def get_fieldsets(self, request: HttpRequest, obj: T | None = None) -> Any:
        """The fields; `confirm` once the service has refused."""
        if not self.has_change_permission(request, obj) and obj is not None:
            fields = [f"{name}_text" if f"{name}_text" in self.text_fields else name for name in (*self.own_fields, "schema")]
            return ((None, {"fields": ("name", "category", "feature", "active", "description")}), ("Rules", {"fields": fields}))
        confirm = ("confirm",) if "confirm" in request.POST or getattr(request, "refusals", None) else ()
        return (
            (None, {"fields": (*confirm, "name", "category", "feature", "active", "description")}),
            ("Rules", {"fields": (*self.own_fields, "schema")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: T | None = None) -> tuple[str, ...]:
        """A type keeps its name: rows name it. JSON is text for those who may only view it."""
        return ("name", *self.text_fields) if obj is not None else ()

    def write(self, request: HttpRequest, obj: T, form: Any, *, change: bool) -> uuid.UUID:
        """Saves what differs."""
        given = form.cleaned_data
        names = [name for name in ("category", "feature", "active", "description", *self.own_fields, "schema") if name in given]
        changes = {name: given[name] for name in names if not change or name in form.changed_data}
        name = obj.name if change else given["name"]
        type(self).save_type(name, changes, actor=staff_actor(request), confirm=bool(given.get("confirm")))
        return uuid.UUID(str(self.model._default_manager.values_list("pk", flat=True).get(name=name)))

    def refusals_of(self, request: HttpRequest, obj: T, error: DomainError) -> list[Refusal]:
        """Rows that the edit would break, as links."""
        if isinstance(error, TypeInvalid):
            return [(field, sentence) for field, sentences in error.problems.items() for sentence in sentences]
        if not isinstance(error, TypeEditBreaksRows):
            return super().refusals_of(request, obj, error)
        shown = error.row_ids[:BROKEN_ROWS_LINKED]
        links = format_html_join(", ", '<a href="{}" class="underline">{}</a>', ((page_url(self.rows, key), key) for key in shown))
        which = "Rows that would break" if len(shown) == error.count else f"The first {len(shown):,} of {error.count:,} rows that would break"
        return [("confirm", str(error)), ("", format_html("{}: {}", which, links))]

    @admin.display(description="State")
    def state_badge(self, row: T) -> SafeString:
        """Whether the type takes new rows."""
        return badge("green", "Active") if row.active else badge("grey", "Off")

    @admin.display(description="Schema")
    def schema_text(self, row: T) -> SafeString:
        """The schema, for reading."""
        return json_block(row.schema)

    @admin.display(description="Last changed (UTC)")
    def changed(self, row: T) -> str:
        """When the type last changed."""
        return moment_text(row.updated_at)


@admin.register(ThingType)
class ThingTypeAdmin(TypeAdmin[ThingType]):
    """Types of things."""

    rows = Thing
    save_type = thing_type_save


@admin.register(ConnectionType)
class ConnectionTypeAdmin(TypeAdmin[ConnectionType]):
    """Types of connections."""

    rows = Connection
    save_type = connection_type_save
    own_fields = ("from_types", "to_types", "acyclic")
    list_display = ("name", "category", "from_line", "to_line", "acyclic_badge", "state_badge")

    @admin.display(description="Paths")
    def acyclic_badge(self, row: ConnectionType) -> SafeString | str:
        """Whether paths of such connections may lead back."""
        return badge("blue", "Acyclic") if row.acyclic else "any"

    @admin.display(description="From")
    def from_line(self, row: ConnectionType) -> str:
        """Where it may start."""
        return ", ".join(row.from_types) or "any"

    @admin.display(description="To")
    def to_line(self, row: ConnectionType) -> str:
        """Where it may lead."""
        return ", ".join(row.to_types) or "any"


@admin.register(EventType)
class EventTypeAdmin(TypeAdmin[EventType]):
    """Types of events."""

    rows = Event
    save_type = event_type_save
    own_fields = ("revenue_key", "revenue_when")
    text_fields = ("revenue_when_text", "schema_text")
    list_display = ("name", "category", "feature", "revenue", "state_badge", "changed")

    @admin.display(description="Revenue when")
    def revenue_when_text(self, row: EventType) -> SafeString:
        """When the event counts, for reading."""
        return json_block(row.revenue_when)

    @admin.display(description="Revenue")
    def revenue(self, row: EventType) -> str:
        """The metadata key whose sum is revenue."""
        return row.revenue_key or NOTHING
