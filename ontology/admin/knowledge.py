"""Pages of knowledge: made, changed, deleted softly and restored; vectors come through the API."""

import uuid
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from ontology.admin.deleting import DeletableAdmin
from ontology.admin.fields import JsonField, ListField, StampField
from ontology.admin.listing import StateFilter
from ontology.admin.parts import NOTHING, json_block, link, moment_text
from ontology.admin.site import ReadOnlyAdmin, staff_actor
from ontology.admin.unfolded import AutocompleteFilter, ChoiceFilter, TextInput
from ontology.admin.writing import ServiceForm
from ontology.models import Group, Knowledge, Thing, ThingKnowledge
from ontology.services.access import demand_active
from ontology.services.actor import Actor
from ontology.services.knowledge_changes import knowledge_delete, knowledge_restore, knowledge_update
from ontology.services.single import knowledge_create

TEXT_LETTERS = 80


class KnowledgeForm(ServiceForm):
    """A piece of knowledge to be made or changed."""

    labels = ListField(required=False, widget=TextInput(), help_text="Words, separated by commas.")
    metadata = JsonField()
    if_unmodified = StampField()

    class Meta:
        model = Knowledge
        fields = ("group", "type", "text", "source_thing", "source_field", "labels", "external_id", "metadata")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.fields["group"].required = True
        else:
            self.initial["if_unmodified"] = self.instance.updated_at
            if "source_thing" in self.fields:
                self.fields["source_thing"].widget.attrs["data-group"] = str(self.instance.group_id)


@admin.register(Knowledge)
class KnowledgeAdmin(DeletableAdmin[Knowledge]):
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
    readonly_fields = ("labels_line", "group_link", "source_link", "chunk_pretty", "vector", "metadata_pretty", "id", "made", "changed", "removed")
    delete_service = staticmethod(knowledge_delete)
    restore_service = staticmethod(knowledge_restore)
    fieldsets = (
        (None, {"fields": ("type", "text", "labels_line", "group_link")}),
        ("Source", {"fields": ("source_link", "source_field", "chunk_pretty")}),
        ("Vector", {"fields": ("vector",)}),
        ("Metadata", {"fields": ("metadata_pretty",)}),
        ("Record", {"fields": ("id", "external_id", "made", "changed", "removed")}),
    )
    add_fieldsets = (
        (None, {"fields": ("group", "type", "text", "labels")}),
        ("Source", {"fields": ("source_thing", "source_field")}),
        ("Details", {"fields": ("external_id", "metadata")}),
    )

    change_fieldsets = (
        (None, {"fields": ("type", "group_link", "text", "labels")}),
        ("Source", {"fields": ("source_thing", "source_field", "chunk_pretty")}),
        ("Details", {"fields": ("vector", "metadata", "if_unmodified")}),
        ("Record", {"fields": ("id", "external_id", "made", "changed")}),
    )

    class Media:
        js = ("sextant/group-choice.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Knowledge]:
        """All whole knowledge without its vectors, which are big and unreadable; a legacy row without a group is the migration's."""
        return super().get_queryset(request).filter(group__isnull=False).select_related("group", "source_thing").defer("embedding")

    def get_fieldsets(self, request: HttpRequest, obj: Knowledge | None = None) -> Any:
        """The fields that a person may fill or read."""
        if obj is None:
            return self.add_fieldsets
        return self.change_fieldsets if self.has_change_permission(request, obj) else self.fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Knowledge | None = None) -> tuple[str, ...]:
        """A piece of knowledge keeps its type and its external id."""
        return self.readonly_fields if obj is None else ("type", "external_id", *self.readonly_fields)

    def write(self, request: HttpRequest, obj: Knowledge, form: Any, *, change: bool) -> uuid.UUID:
        """Makes or changes the piece of knowledge."""
        given, actor = form.cleaned_data, staff_actor(request)
        if change:
            return self._update(obj, form, actor).pk
        demand_active(given["group"])
        item: dict[str, Any] = {name: given[name] for name in ("type", "text", "labels", "metadata")}
        item |= {name: given[name] for name in ("source_field", "external_id") if given[name]}
        item |= {"source": str(given["source_thing"].pk)} if given["source_thing"] else {}
        return knowledge_create(given["group"], item, actor=actor).pk

    def _update(self, obj: Knowledge, form: Any, actor: Actor) -> Knowledge:
        """Its source is sent only when another was chosen: a piece may outlive the thing it was taken from."""
        given = form.cleaned_data
        assert obj.group is not None
        demand_active(obj.group)
        changes: dict[str, Any] = {name: given[name] for name in ("text", "labels", "source_field", "metadata")}
        if "source_thing" in form.changed_data:
            changes["source"] = str(given["source_thing"].pk) if given["source_thing"] else None
        return knowledge_update(Knowledge(pk=obj.pk, group=obj.group), changes, if_unmodified=given["if_unmodified"], actor=actor)

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

    @admin.display(description="Last changed (UTC)")
    def changed(self, row: Knowledge) -> str:
        """When the row last changed."""
        return moment_text(row.updated_at)

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
