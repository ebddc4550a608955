"""What every page of the admin shares."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.db.models import Model, QuerySet, TextField, URLField
from django.http import HttpRequest, HttpResponse

from ontology.admin.confirming import ConfirmingAdmin
from ontology.admin.listing import CappedPaginator, search_condition
from ontology.admin.parts import links_for
from ontology.admin.unfolded import Textarea
from ontology.choices import Door
from ontology.models import Person
from ontology.services.access import rows_in_scope
from ontology.services.actor import Actor

ROWS_PER_PAGE = 50


class RowAdmin[M: Model](ConfirmingAdmin[M]):
    """A list in the order of an index, counted up to a limit and searched by `search_part` and `search_exact`; nothing is ever deleted here."""

    paginator: ClassVar[Any] = CappedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = ROWS_PER_PAGE
    list_max_show_all = 0
    list_disable_select_all = True
    list_filter_submit = True
    list_fullwidth = True
    sortable_by: ClassVar[Any] = ()
    compressed_fields = True
    warn_unsaved_form = True
    formfield_overrides: ClassVar[Any] = {TextField: {"widget": Textarea(attrs={"rows": 4})}, URLField: {"assume_scheme": "https"}}
    rows_named: tuple[str, str] = ("", "")
    """One row and several, where the model's own name cannot be counted."""
    search_part: ClassVar[tuple[str, ...]] = ()
    search_exact: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        """The rows of the groups that the signed-in person may see."""
        return rows_in_scope(super().get_queryset(request))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[M], search_term: str) -> tuple[QuerySet[M], bool]:
        """The rows that the term finds; never duplicates."""
        if not search_term.strip():
            return queryset, False
        narrowing = self.search_narrowing(request)
        return queryset.filter(search_condition(search_term, queryset, part=self.search_part, exact=self.search_exact, **narrowing)), False

    def search_narrowing(self, request: HttpRequest) -> dict[str, Any]:
        """What of the list's filters the search by name should know."""
        return {}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, with links to what the reader may view."""
        links_shown(request)
        return super().changelist_view(request, extra_context)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page, with links to what the reader may view."""
        links_shown(request)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Never: rows are switched off, archived or softly deleted by a service."""
        return False


class ReadOnlyAdmin[M: Model](RowAdmin[M]):
    """Rows that staff read and never write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Never."""
        return False


def staff_actor(request: HttpRequest) -> Actor:
    """The signed-in person, acting through the admin."""
    person = request.user
    return Actor(person=person if isinstance(person, Person) else None, door=Door.ADMIN, request_id=getattr(request, "id", ""))


def may_view(request: HttpRequest, model: type[Model]) -> bool:
    """Whether the signed-in person may view rows of MODEL; asks the database once per request."""
    return admin.site.get_model_admin(model).has_view_permission(request)


def links_shown(request: HttpRequest) -> None:
    """Pages of this request link only to what its person may view."""
    links_for(lambda model: may_view(request, model))


def page_context(extra: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    """EXTRA and MORE, for a page's template."""
    return {**(extra or {}), **more}
