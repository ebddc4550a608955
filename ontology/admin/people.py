"""Pages of people: accounts that sign in to the admin or the API."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from ontology.admin.listing import search_condition
from ontology.admin.parts import NOTHING, badge, moment_text
from ontology.admin.site import RowAdmin, page_context
from ontology.admin.unfolded import AccountAdmin, AccountCreationForm, AccountForm, MultipleSelect, PasswordForm, Role, RoleAdmin
from ontology.models import Person

ACTIONS = ("view", "add", "change", "delete")


class PersonCreationForm(AccountCreationForm):
    """A new account."""

    class Meta:
        model = Person
        fields = ("email", "username", "display_name")
        field_classes: dict[str, type[forms.Field]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["usable_password"].label = "Sign-in by password"
        self.fields["usable_password"].help_text = "Without it the person cannot sign in to the admin."


class PersonChangeForm(AccountForm):
    """An account that is there; its password is set on a page of its own."""

    class Meta:
        model = Person
        fields: tuple[str, ...] = ("email",)
        labels = {"groups": "Staff roles", "is_superuser": "Has every right of the admin"}
        help_texts = {"groups": "Named sets of rights in the admin; groups of the ontology are joined by memberships.", "is_superuser": ""}
        field_classes: dict[str, type[forms.Field]] = {}


@admin.register(Person)
class PersonAdmin(AccountAdmin, RowAdmin[Person]):
    """People by e-mail; an account is switched off, never deleted."""

    form = PersonChangeForm
    add_form = PersonCreationForm
    change_password_form = PasswordForm
    list_display = ("email", "username", "display_name", "rights", "state_badge", "signed_in")
    list_filter = ("is_active", "is_staff", "platform_role")
    ordering = ("email",)
    search_fields = ("email", "username", "display_name")
    search_exact = ("email__iexact", "username")
    search_help_text = "E-mail address, user name or id"
    filter_horizontal = ()
    autocomplete_fields = ("groups",)
    readonly_fields = ("signed_in", "made")
    fieldsets = (
        (None, {"fields": ("email", "username", "display_name", "password")}),
        ("Profile", {"fields": ("bio", "avatar")}),
        ("Rights", {"fields": ("platform_role", "is_active", "is_staff", "is_superuser", "groups")}),
        ("Record", {"fields": ("id", "signed_in", "made")}),
    )
    add_form_template = None
    add_fieldsets = (
        (
            None,
            {
                "description": "Rights are given on the next page.",
                "fields": ("email", "username", "display_name", "usable_password", "password1", "password2"),
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Person | None = None) -> tuple[str, ...]:
        """Only a superuser gives or takes the rights of the whole platform."""
        owner = bool(getattr(request.user, "is_superuser", False))
        return ("id", *self.readonly_fields, *(() if owner else ("platform_role", "is_staff", "is_superuser", "groups")))

    def get_fieldsets(self, request: HttpRequest, obj: Person | None = None) -> Any:
        """The fields; the digest of a password is nothing for those who may only view."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return ((None, {"fields": ("email", "username", "display_name")}), *fieldsets[1:])

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Person], search_term: str) -> tuple[QuerySet[Person], bool]:
        """People whose address or user name is the term; for a form's reference, also those whose begins with it."""
        if not search_term.strip():
            return queryset, False
        if request.path.endswith("/autocomplete/"):
            return queryset.filter(email__istartswith=search_term.strip()), False
        return queryset.filter(search_condition(search_term, queryset, exact=self.search_exact)), False

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The account; its history is the admin's own log, because an account belongs to no group whose event could tell it."""
        return super().change_view(request, object_id, form_url, page_context(extra_context, show_history=True))

    @admin.display(description="Rights")
    def rights(self, person: Person) -> SafeString | str:
        """The role on the whole platform, or that the person may use the admin."""
        if person.platform_role:
            return badge("blue", person.get_platform_role_display())
        return badge("grey", "Staff") if person.is_staff else NOTHING

    @admin.display(description="State")
    def state_badge(self, person: Person) -> SafeString:
        """Whether the account may sign in."""
        return badge("green", "Active") if person.is_active else badge("grey", "Off")

    @admin.display(description="Last signed in (UTC)")
    def signed_in(self, person: Person) -> str:
        """When the person last signed in."""
        return moment_text(person.last_login)

    @admin.display(description="Made (UTC)")
    def made(self, person: Person) -> str:
        """When the account was made."""
        return moment_text(person.created_at)


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
class StaffRoleAdmin(RoleAdmin, RowAdmin[Role]):
    """Staff roles: named sets of rights in the admin."""

    ordering = ("name",)
    search_fields = ("name",)
    filter_horizontal = ()
    autocomplete_fields = ()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any) -> Any:
        """The rights to choose from, found as one types."""
        rights = Permission.objects.select_related("content_type").order_by("content_type__app_label", "content_type__model", "id")
        return RightsField(
            queryset=rights, required=False, widget=MultipleSelect(), label="Rights", help_text="What people of this role may do in the admin."
        )

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Role], search_term: str) -> tuple[QuerySet[Role], bool]:
        """Roles whose name holds the term; there are few."""
        return queryset.filter(name__icontains=search_term), False
