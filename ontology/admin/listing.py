"""Lists that stay cheap on big tables: a capped count, searches that use an index, filters."""

import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from ontology.admin.unfolded import DropdownFilter, RowPaginator
from ontology.choices import Door
from ontology.models import ConnectionType, EventType, ThingType
from ontology.models.catalogue import CatalogueType
from ontology.querysets import TRIGRAM_LETTERS, GroupQuerySet, ThingQuerySet

COUNTED_ROWS_MAX = 10_000


class CappedPaginator(RowPaginator):
    """Pages of a list whose rows are counted up to COUNTED_ROWS_MAX and no further: counting all of a big table takes seconds."""

    template_name = "admin/parts/pagination.html"

    @cached_property
    def counted(self) -> int:
        """Rows of the list, at most COUNTED_ROWS_MAX + 1."""
        rows = self.object_list
        if isinstance(rows, QuerySet):
            return int(rows.order_by()[: COUNTED_ROWS_MAX + 1].count())
        return min(len(rows), COUNTED_ROWS_MAX + 1)

    @cached_property
    def count(self) -> int:
        """Rows that can be paged through."""
        return min(self.counted, COUNTED_ROWS_MAX)

    @property
    def count_text(self) -> str:
        """The number of rows as people read it."""
        return f"{self.counted:,}" if self.counted <= COUNTED_ROWS_MAX else f"more than {COUNTED_ROWS_MAX:,}"

    @property
    def is_capped(self) -> bool:
        """Whether rows lie beyond the last page."""
        return self.counted > COUNTED_ROWS_MAX


def as_uuid(text: str) -> uuid.UUID | None:
    """The id that TEXT spells, None for other text."""
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        return None


def search_condition(text: str, rows: QuerySet[Any], *, part: Sequence[str] = (), exact: Sequence[str] = (), **narrowing: Any) -> Q:
    """Those of ROWS with the id TEXT, or with TEXT in a field of PART (from three letters on), or as a whole field of EXACT.

    Names of things and groups are found by their own search, which knows an index behind row-level security; NARROWING is what it takes besides.
    """
    words = text.strip()
    key = as_uuid(words)
    if key is not None:
        return Q(pk=key)
    lookup = "icontains" if len(words) >= TRIGRAM_LETTERS else "iexact"
    condition = Q()
    for field in part:
        if field == "name" and isinstance(rows, ThingQuerySet | GroupQuerySet):
            condition |= Q(pk__in=type(rows)(rows.model).named_like(words, **narrowing).values("pk"))
        else:
            condition |= Q(**{f"{field}__{lookup}": words})
    for field in exact:
        condition |= Q(**{field: words})
    return condition


class StateFilter(DropdownFilter):
    """Live rows, deleted rows or both; live unless asked."""

    title = "state"
    parameter_name = "state"
    all_option: ClassVar[None] = None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The three choices."""
        return [("live", "Live"), ("deleted", "Deleted"), ("all", "Live and deleted")]

    def value(self) -> str:
        """The choice; live by default."""
        return super().value() or "live"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the choice."""
        if self.value() == "all":
            return queryset
        return queryset.filter(deleted_at__isnull=self.value() == "live")


class TypeFilter(DropdownFilter):
    """Rows of one type of the catalogue."""

    title = "type"
    parameter_name = "type"
    types: ClassVar[type[CatalogueType]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All types, in use or not: rows of an inactive type stay. One query."""
        return [(name, name) for name in self.types._default_manager.values_list("name", flat=True)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the chosen type."""
        return queryset.filter(type=self.value()) if self.value() else queryset


class ThingTypeFilter(TypeFilter):
    """Things of one type."""

    types = ThingType


class ConnectionTypeFilter(TypeFilter):
    """Connections of one type."""

    types = ConnectionType


class EventTypeFilter(TypeFilter):
    """Events of one type."""

    types = EventType


class DoorFilter(DropdownFilter):
    """Events that came in through one door."""

    title = "door"
    parameter_name = "door"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The doors."""
        return list(Door.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The events whose metadata names the chosen door; read in the order of the list, for no index holds doors."""
        return queryset.filter(metadata__contains={"by": {"door": self.value()}}) if self.value() else queryset


def chosen_person(request: HttpRequest) -> str:
    """The id of the person that a list is filtered by, or blank."""
    return request.GET.get("person__id__exact", "")


def chosen_group(request: HttpRequest) -> str:
    """The id of the group that a list is filtered by, or blank."""
    return request.GET.get("group__id__exact", "")


def type_choices(types: type[CatalogueType], *, blank: str = "Select a type") -> list[tuple[str, str]]:
    """Choices of a form: the types that take new rows; one query."""
    return [("", blank), *((name, name) for name in types._default_manager.filter(active=True).values_list("name", flat=True))]


def in_chosen_group[M: Model](request: HttpRequest, rows: QuerySet[M]) -> QuerySet[M]:
    """ROWS of the group that the form beside an autocomplete field has chosen (parts/group-choice.js sends it)."""
    group = as_uuid(request.GET.get("group", ""))
    return rows if group is None else rows.filter(group_id=group)
