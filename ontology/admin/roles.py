"""Pages of staff roles: named sets of rights in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst

from ontology.admin.confirming import demand_confirmation
from ontology.admin.recorded import RecordedAdmin
from ontology.admin.site import RowAdmin, staff_actor
from ontology.admin.unfolded import MultipleSelect, Role, RoleAdmin

ACTIONS = ("view", "add", "change", "delete")


class RightsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # no generic at run time
    """Rights by what they are about: "Things: view" for Django's "Ontology | thing | Can view thing"."""

    def label_from_instance(self, obj: Model) -> str:
        """The rows and what may be done with them."""
        assert isinstance(obj, Permission)
        model, action = obj.content_type.model_class(), obj.codename.partition("_")[0]
        about = capfirst(str(model._meta.verbose_name_plural)) if model else obj.content_type.model
        return f"{about}: {action if action in ACTIONS else obj.name}"


admin.site.unregister(Role)


@admin.register(Role)
class StaffRoleAdmin(RoleAdmin, RecordedAdmin[Role], RowAdmin[Role]):
    """Staff roles; only who may give rights on the whole platform makes and changes them."""

    ordering = ("name",)
    search_fields = ("name",)
    filter_horizontal = ()
    autocomplete_fields = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Who may give rights."""
        return super().has_add_permission(request) and staff_actor(request).governs

    def has_change_permission(self, request: HttpRequest, obj: Role | None = None) -> bool:
        """Who may give rights."""
        return super().has_change_permission(request, obj) and staff_actor(request).governs

    def save_model(self, request: HttpRequest, obj: Role, form: Any, change: bool) -> None:
        """Saves, once the password is confirmed."""
        demand_confirmation(request, "Changing rights")
        super().save_model(request, obj, form, change)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any) -> Any:
        """The rights to choose from, found as one types."""
        rights = Permission.objects.select_related("content_type").order_by("content_type__app_label", "content_type__model", "id")
        return RightsField(
            queryset=rights, required=False, widget=MultipleSelect(), label="Rights", help_text="What people of this role may do in the admin."
        )

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Role], search_term: str) -> tuple[QuerySet[Role], bool]:
        """Roles whose name holds the term; there are few."""
        return queryset.filter(name__icontains=search_term), False
