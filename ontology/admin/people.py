"""Pages of people: accounts that sign in to the admin or the API."""

import uuid
from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from ontology.admin.confirming import confirming, demand_confirmation
from ontology.admin.listing import as_uuid, search_condition
from ontology.admin.parts import NOTHING, badge, moment_text
from ontology.admin.person_page import events_url, person_facts, person_tables
from ontology.admin.site import page_context, staff_actor
from ontology.admin.unfolded import AccountAdmin, AccountCreationForm, AccountForm, PasswordForm
from ontology.admin.writing import RefusableForm, ServiceAdmin
from ontology.errors import DomainError
from ontology.models import Person
from ontology.services.actor import Actor
from ontology.services.people import (
    PersonChanges,
    PersonOfFurtherGroups,
    RightsRefused,
    demand_whole_scope,
    person_create,
    person_deactivate,
    person_password_set,
    person_sessions_end,
    person_update,
)
from ontology.services.second_factor import second_factor_remove

RIGHTS = ("platform_role", "is_staff", "is_superuser", "groups")


class PersonCreationForm(RefusableForm, AccountCreationForm):
    """A new account."""

    class Meta:
        model = Person
        fields = ("email", "username", "display_name")
        field_classes: dict[str, type[forms.Field]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["usable_password"].label = "Sign-in by password"
        self.fields["usable_password"].help_text = "Without it the person cannot sign in to the admin."


class PersonChangeForm(RefusableForm, AccountForm):
    """An account that is there; its password is set on a page of its own."""

    class Meta:
        model = Person
        fields: tuple[str, ...] = ("email",)
        labels = {"groups": "Staff roles", "is_superuser": "Has every right of the admin"}
        help_texts = {"groups": "Named sets of rights in the admin; groups of the ontology are joined by memberships.", "is_superuser": ""}
        field_classes: dict[str, type[forms.Field]] = {}


class PersonPasswordForm(PasswordForm):
    """Another password for somebody, set by the service."""

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor

    def clean(self) -> dict[str, Any]:
        """The passwords, unless the account opens more than the actor reaches."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            demand_whole_scope(self.user, self.actor)
        except PersonOfFurtherGroups as error:
            self.add_error("password1", str(error))  # the page shows errors of fields only
        return cleaned

    def save(self, commit: bool = True) -> Person:
        """The person with the password, or with none."""
        given = self.cleaned_data
        return person_password_set(self.user, given["password1"] if given["set_usable_password"] else None, actor=self.actor)


for model in (TOTPDevice, StaticDevice):
    admin.site.unregister(model)  # their pages would show the secrets


@admin.register(Person)
class PersonAdmin(AccountAdmin, ServiceAdmin[Person]):  # type: ignore[misc]  # both choose the form: one by adding, one by refusals
    """People by e-mail; an account is switched off, never deleted."""

    form = PersonChangeForm  # type: ignore[assignment]
    add_form = PersonCreationForm
    change_form_template = "admin/ontology/person.html"
    actions = ("sessions_end", "second_factor_reset", "deactivate")
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
        """Only superusers and owners of the platform give or take its rights."""
        owner = staff_actor(request).governs
        return ("id", *self.readonly_fields, *(() if owner else RIGHTS))

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

    def write(self, request: HttpRequest, obj: Person, form: Any, *, change: bool) -> uuid.UUID:
        """Opens the account, or changes what differs; rights and the end of an account wait for the password."""
        given, actor = form.cleaned_data, staff_actor(request)
        if not change:
            password = given["password1"] if given["set_usable_password"] else None
            return person_create(
                email=given["email"], username=given["username"], display_name=given["display_name"], password=password, actor=actor
            ).pk
        changed = [name for name in form.changed_data if name in given and name != "password"]
        if {"is_active", *RIGHTS} & set(changed):
            demand_confirmation(request, "Changing what somebody may do")
        changes = {("roles" if name == "groups" else name): given[name] for name in changed}
        return person_update(Person(pk=obj.pk), cast(PersonChanges, changes), actor=actor).pk

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The account with its second factor, what the person did lately, sessions and tokens."""
        person = self.get_object(request, object_id) if request.method == "GET" else None
        facts, tables = (person_facts(person), person_tables(person)) if person is not None else ([], [])
        return super().change_view(request, object_id, form_url, page_context(extra_context, facts=facts, tables=tables))

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Another password by the service, which waits for one's own; one's own is changed on the account's page, which asks for the present one."""
        if as_uuid(id) == request.user.pk:
            return HttpResponseRedirect(reverse("account:password_change"))
        return confirming(request, lambda: self._password_page(request, id, form_url))

    def _password_page(self, request: HttpRequest, person_id: str, form_url: str) -> HttpResponse:
        if request.method == "POST":
            demand_confirmation(request, "Setting somebody's password")
        page = copy(self)
        page.change_password_form = partial(PersonPasswordForm, actor=staff_actor(request))
        try:
            return super(PersonAdmin, page).user_change_password(request, person_id, form_url)
        except RightsRefused as error:
            raise PermissionDenied(str(error)) from error

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The events that the person made."""
        return HttpResponseRedirect(events_url(Person(pk=object_id)))

    @admin.action(description="End all their sessions", permissions=["change"])
    def sessions_end(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        """Signs each chosen person out everywhere."""
        self._act(request, queryset, person_sessions_end, "signed out everywhere")

    @admin.action(description="Reset their second factor", permissions=["reset"])
    def second_factor_reset(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        """Takes each chosen person's second factor away; they set up another at the next sign-in."""
        demand_confirmation(request, "Resetting a second factor")
        self._act(request, queryset, _second_factor_reset, "asked to set up another second factor")

    @admin.action(description="Switch off: they may not sign in any more", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        """Switches each chosen account off and ends its sessions."""
        demand_confirmation(request, "Switching accounts off")
        self._act(request, queryset, person_deactivate, "switched off")

    def has_reset_permission(self, request: HttpRequest) -> bool:
        """Superusers and owners of the platform."""
        return staff_actor(request).governs

    def _act(self, request: HttpRequest, people: QuerySet[Person], service: Callable[..., Any], done: str) -> None:
        count = 0
        for person in people:
            try:
                service(person, actor=staff_actor(request))
                count += 1
            except DomainError as error:
                self.message_user(request, f"{person}: {error}", messages.ERROR)
        if count:
            self.message_user(request, f"{count:,} {'person is' if count == 1 else 'people are'} {done}.", messages.SUCCESS)

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


def _second_factor_reset(person: Person, *, actor: Actor) -> None:
    """Takes the second factor away, and the sessions that it opened."""
    with transaction.atomic():
        second_factor_remove(person, actor=actor)
        person_sessions_end(person, actor=actor)
