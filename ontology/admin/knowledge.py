"""Pages of knowledge: labels, documents and chunks are made and read; vectors come through the API."""

import uuid
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from ontology.admin.fields import JsonField, ListField
from ontology.admin.listing import StateFilter
from ontology.admin.parts import NOTHING, json_block, link, moment_text
from ontology.admin.site import ReadOnlyAdmin, staff_actor
from ontology.admin.unfolded import AutocompleteFilter, ChoiceFilter, TextInput
from ontology.admin.writing import ServiceAdmin, ServiceForm
from ontology.models import Group, Knowledge, Thing, ThingKnowledge
from ontology.services.knowledge import knowledge_insert

TEXT_LETTERS = 80


class KnowledgeForm(ServiceForm):
    """A piece of knowledge to be made."""

    labels = ListField(required=False, widget=TextInput(), help_text="Words, separated by commas.")
    metadata = JsonField()

    class Meta:
        model = Knowledge
        fields = ("group", "type", "text", "source_thing", "source_field", "labels", "external_id", "metadata")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.fields["group"].required = True


@admin.register(Knowledge)
class KnowledgeAdmin(ServiceAdmin[Knowledge]):
    """Knowledge, the latest first."""

    form = KnowledgeForm
    rows_named = ("piece of knowledge", "pieces of knowledge")
    list_display = ("text_start", "type", "group_link", "source_link", "labels_line", "vector", "made")
    list_filter = (("group", AutocompleteFilter), ("type", ChoiceFilter), StateFilter)
    list_select_related = ("group", "source_thing")
    search_fields = ("external_id",)
    search_exact = ("external_id",)
    search_help_text = "Id or external id"
    autocomplete_fields = ("group", "source_thing")
    field_names: ClassVar[dict[str, str]] = {"source": "source_thing"}
    fieldsets = (
        (None, {"fields": ("type", "text", "labels_line", "group_link")}),
        ("Source", {"fields": ("source_link", "source_field", "chunk_pretty")}),
        ("Vector", {"fields": ("vector",)}),
        ("Metadata", {"fields": ("metadata_pretty",)}),
        ("Record", {"fields": ("id", "external_id", "made", "removed")}),
    )
    add_fieldsets = (
        (None, {"fields": ("group", "type", "text", "labels")}),
        ("Source", {"fields": ("source_thing", "source_field")}),
        ("Details", {"fields": ("external_id", "metadata")}),
    )

    class Media:
        js = ("sextant/group-choice.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Knowledge]:
        """All whole knowledge without its vectors, which are big and unreadable; a legacy row without a group is the migration's."""
        return super().get_queryset(request).filter(group__isnull=False).select_related("group", "source_thing").defer("embedding")

    def has_change_permission(self, request: HttpRequest, obj: Knowledge | None = None) -> bool:
        """Never: knowledge is made anew."""
        return False

    def write(self, request: HttpRequest, obj: Knowledge, form: Any, *, change: bool) -> uuid.UUID:
        """Inserts the piece of knowledge."""
        given = form.cleaned_data
        item: dict[str, Any] = {name: given[name] for name in ("type", "text", "labels", "metadata")}
        item |= {name: given[name] for name in ("source_field", "external_id") if given[name]}
        item |= {"source": str(given["source_thing"].pk)} if given["source_thing"] else {}
        return self.written(request, obj, knowledge_insert(given["group"], [item], mode="atomic", actor=staff_actor(request)))

    @admin.display(description="Text")
    def text_start(self, row: Knowledge) -> str:
        """The first letters of the text."""
        return f"{row.text[:TEXT_LETTERS]}…" if len(row.text) > TEXT_LETTERS else row.text or f"Vector {row.pk}"

    @admin.display(description="Group")
    def group_link(self, row: Knowledge) -> SafeString | str:
        """The group's page."""
        return link(Group, row.group_id, row.group)

    @admin.display(description="Source")
    def source_link(self, row: Knowledge) -> SafeString | str:
        """The page of the thing it was taken from."""
        return link(Thing, row.source_thing_id, row.source_thing)

    @admin.display(description="Labels")
    def labels_line(self, row: Knowledge) -> str:
        """The labels, with commas."""
        return ", ".join(row.labels) or NOTHING

    @admin.display(description="Vector")
    def vector(self, row: Knowledge) -> str:
        """The model of the vector and its length."""
        return f"{row.embedding_model}, {row.embedding_dim:,} dimensions" if row.embedding_model else NOTHING

    @admin.display(description="Chunk")
    def chunk_pretty(self, row: Knowledge) -> SafeString:
        """Where the chunk stands in its source."""
        return json_block(row.chunk)

    @admin.display(description="Metadata")
    def metadata_pretty(self, row: Knowledge) -> SafeString:
        """The metadata."""
        return json_block(row.metadata)

    @admin.display(description="Made (UTC)")
    def made(self, row: Knowledge) -> str:
        """When the row was made."""
        return moment_text(row.created_at)

    @admin.display(description="Deleted (UTC)")
    def removed(self, row: Knowledge) -> str:
        """When it was deleted."""
        return moment_text(row.deleted_at)


@admin.register(ThingKnowledge)
class ThingKnowledgeAdmin(ReadOnlyAdmin[ThingKnowledge]):
    """Links between things and knowledge, the latest first."""

    list_display = ("thing_link", "role", "knowledge_link", "group_link")
    list_display_links = ("role",)
    list_filter = (("group", AutocompleteFilter), ("role", ChoiceFilter))
    search_fields = ("id",)
    search_help_text = "Id"
    fields = ("thing_link", "role", "knowledge_link", "group_link", "metadata_pretty")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ThingKnowledge]:
        """All whole links with both their ends."""
        return super().get_queryset(request).filter(group__isnull=False).select_related("group", "thing", "knowledge").defer("knowledge__embedding")

    @admin.display(description="Thing")
    def thing_link(self, row: ThingKnowledge) -> SafeString | str:
        """The thing's page."""
        return link(Thing, row.thing_id, row.thing)

    @admin.display(description="Knowledge")
    def knowledge_link(self, row: ThingKnowledge) -> SafeString | str:
        """The page of the piece of knowledge."""
        return link(Knowledge, row.knowledge_id, row.knowledge)

    @admin.display(description="Group")
    def group_link(self, row: ThingKnowledge) -> SafeString | str:
        """The group's page."""
        return link(Group, row.group_id, row.group)

    @admin.display(description="Metadata")
    def metadata_pretty(self, row: ThingKnowledge) -> SafeString:
        """The metadata."""
        return json_block(row.metadata)
