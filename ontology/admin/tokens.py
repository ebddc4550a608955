"""Pages of API tokens: made for oneself, by owners of the platform also for others; shown once; revoked."""

import uuid
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString

from ontology.admin.confirming import demand_confirmation
from ontology.admin.listing import as_uuid
from ontology.admin.parts import badge, link, moment_text
from ontology.admin.person_page import token_state
from ontology.admin.site import staff_actor
from ontology.admin.unfolded import AutocompleteFilter, CheckboxChoice, DropdownFilter, NumberInput
from ontology.admin.writing import ServiceAdmin, ServiceForm
from ontology.choices import TokenScope
from ontology.models import ApiToken, Group, Person
from ontology.services.tokens import token_make, token_revoke
from ontology.sessions import signed_in


class TokenForm(ServiceForm):
    """A token to be made."""

    scopes = forms.MultipleChoiceField(choices=TokenScope.choices, widget=CheckboxChoice(), label="It may")
    days = forms.IntegerField(
        min_value=1, max_value=settings.API_TOKEN_DAYS_MAX, initial=settings.API_TOKEN_DAYS, label="Works for (days)", widget=NumberInput()
    )

    class Meta:
        model = ApiToken
        fields = ("person", "name", "scopes", "group")


class UsableFilter(DropdownFilter):
    """Tokens that open the API, or that do not any more."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The two choices."""
        return [("usable", "Usable"), ("over", "Revoked or expired")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> QuerySet[ApiToken]:
        """The rows of the choice."""
        over = Q(revoked_at__isnull=False) | Q(expires_at__lte=timezone.now())
        if self.value() is None:
            return queryset
        return queryset.filter(over) if self.value() == "over" else queryset.exclude(over)


@admin.register(ApiToken)
class ApiTokenAdmin(ServiceAdmin[ApiToken]):
    """Tokens, the latest first: all of them for owners of the platform, one's own for other staff."""

    form = TokenForm
    list_display = ("name", "prefix", "person_link", "group_link", "state_badge", "scopes_text", "until", "used")
    list_filter = (("person", AutocompleteFilter), ("group", AutocompleteFilter), UsableFilter)
    list_select_related = ("person", "group")
    ordering = ("-id",)
    search_fields = ("prefix", "name")
    search_part = ("name",)
    search_exact = ("prefix",)
    search_help_text = "Part of a name, the token's first 12 letters, or id"
    autocomplete_fields = ("person", "group")
    actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        """Those that the person may know of."""
        rows = super().get_queryset(request).select_related("person", "group")
        return rows if staff_actor(request).governs else rows.filter(person=signed_in(request))

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """Never: a token is revoked and another one made."""
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Who may make tokens; the service asks whose they are."""
        return self.has_add_permission(request)

    def get_fieldsets(self, request: HttpRequest, obj: ApiToken | None = None) -> Any:
        """What is asked of a new token; what is known of one that is there."""
        if obj is not None:
            return ((None, {"fields": ("name", "prefix", "person_link", "group_link", "state_badge", "scopes_text", "until", "used", "made")}),)
        person = ("person",) if staff_actor(request).governs else ()
        return ((None, {"fields": (*person, "name", "scopes", "group", "days")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> tuple[str, ...]:
        """All of them, once it is made."""
        shown = ("name", "prefix", "person_link", "group_link", "state_badge", "scopes_text", "until", "used", "made")
        return shown if obj is not None else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Oneself, or the person whose page linked here."""
        return {"person": as_uuid(request.GET.get("person", "")) or signed_in(request).pk}

    def write(self, request: HttpRequest, obj: ApiToken, form: Any, *, change: bool) -> uuid.UUID:
        """Makes the token, once the password is confirmed; its text goes to the next page and nowhere else."""
        demand_confirmation(request, "Making an API token")
        given = form.cleaned_data
        token, request.token_text = token_make(  # type: ignore[attr-defined]
            given.get("person") or signed_in(request),
            name=given["name"],
            scopes=given["scopes"],
            group=given["group"],
            expires_at=timezone.now() + timedelta(days=given["days"]),
            actor=staff_actor(request),
        )
        obj.prefix, obj.expires_at = token.prefix, token.expires_at
        return token.pk

    def response_add(self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None) -> HttpResponse:
        """The page that shows the text, this once."""
        text = request.token_text  # type: ignore[attr-defined]
        context = {**self.admin_site.each_context(request), "title": "Your new API token", "token": obj, "text": text, "opts": self.opts}
        page = render(request, "admin/ontology/token_made.html", context)
        page["Cache-Control"] = "no-store"
        return page

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Revokes each chosen token; it opens nothing from then on."""
        demand_confirmation(request, "Revoking API tokens")
        tokens = list(queryset)
        for token in tokens:
            token_revoke(token, actor=staff_actor(request))
        self.message_user(request, f"{len(tokens):,} {'token is' if len(tokens) == 1 else 'tokens are'} revoked.", messages.SUCCESS)

    @admin.display(description="Person")
    def person_link(self, token: ApiToken) -> SafeString | str:
        """The person's page."""
        return link(Person, token.person_id, token.person)

    @admin.display(description="Group")
    def group_link(self, token: ApiToken) -> SafeString | str:
        """The group that it is bound to."""
        return link(Group, token.group_id, token.group)

    @admin.display(description="State")
    def state_badge(self, token: ApiToken) -> SafeString:
        """Whether it opens the API."""
        return badge(*token_state(token))

    @admin.display(description="It may")
    def scopes_text(self, token: ApiToken) -> str:
        """Its scopes."""
        return ", ".join(token.scopes)

    @admin.display(description="Expires (UTC)")
    def until(self, token: ApiToken) -> str:
        """When it ends by itself."""
        return moment_text(token.expires_at)

    @admin.display(description="Last used (UTC)")
    def used(self, token: ApiToken) -> str:
        """When it last opened the API, to the minute."""
        return moment_text(token.last_used_at)

    @admin.display(description="Made (UTC)")
    def made(self, token: ApiToken) -> str:
        """When it was made."""
        return moment_text(token.created_at)
