"""Acts that destroy ask for the password again, when it was last given more than ten minutes ago."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.auth import authenticate
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_variables

from ontology.admin.unfolded import PageAdmin
from ontology.sessions import confirm, confirmed_recently, signed_in

PASSWORD, ACT = "confirming_password", "confirming_act"
TEMPLATE, ACCOUNT_TEMPLATE = "admin/confirm.html", "account/confirm.html"
OWN_FIELDS = {PASSWORD, ACT, "csrfmiddlewaretoken"}


class ConfirmationNeeded(Exception):
    """An act that waits for the password; nothing was written."""

    def __init__(self, act: str) -> None:
        self.act = act
        super().__init__(act)


def demand_confirmation(request: HttpRequest, act: str) -> None:
    """Raises ConfirmationNeeded unless the password was given lately; to be called before anything is written. ACT begins the page's sentence."""
    if not confirmed_recently(request):
        raise ConfirmationNeeded(act)


@sensitive_variables("given")
def confirming(request: HttpRequest, view: Callable[[], HttpResponse], template: str = TEMPLATE) -> HttpResponse:
    """The answer of VIEW; where it waits for the password, a page by TEMPLATE that asks, and that sends the very same form again."""
    given = request.POST.get(PASSWORD)
    if given is not None:
        if authenticate(request, username=signed_in(request).get_username(), password=given) is None:
            return _page(request, request.POST.get(ACT, ""), template, refusal="This is not your password.")
        confirm(request)
    try:
        return view()
    except ConfirmationNeeded as needed:
        return _page(request, needed.act, template)


def _page(request: HttpRequest, act: str, template: str, *, refusal: str = "") -> HttpResponse:
    fields = [(name, value) for name, values in request.POST.lists() if name not in OWN_FIELDS for value in values]
    context = {**admin.site.each_context(request), "title": "Confirm that it is you", "act": act, "fields": fields, "refusal": refusal}
    return render(request, template, context, status=403)


class ConfirmingAdmin[M: Model](PageAdmin[M]):
    """A page whose acts may wait for the password: what calls `demand_confirmation` below these views is asked for it and goes on."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, or the question for the password."""
        return confirming(request, lambda: super(ConfirmingAdmin, self).changelist_view(request, extra_context))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form, or the question for the password."""
        return confirming(request, lambda: super(ConfirmingAdmin, self).changeform_view(request, object_id, form_url, extra_context))
