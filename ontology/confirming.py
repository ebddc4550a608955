"""Acts that destroy, or that give rights away, ask for the password again, when it was last given more than ten minutes ago."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_variables

from ontology.sessions import confirm, confirmed_recently, signed_in

PASSWORD, ACT = "confirming_password", "confirming_act"
OWN_FIELDS = {PASSWORD, ACT, "csrfmiddlewaretoken"}

type Context = Callable[[HttpRequest], dict[str, Any]]


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
def confirming(
    request: HttpRequest, view: Callable[[], HttpResponse], template: str = "account/confirm.html", context: Context = lambda _: {}
) -> HttpResponse:
    """The answer of VIEW; where it waits for the password, a page by TEMPLATE and CONTEXT that asks, and that sends the very same form again."""

    def page(act: str, refusal: str = "") -> HttpResponse:
        fields = [(name, value) for name, values in request.POST.lists() if name not in OWN_FIELDS for value in values]
        told = {"title": "Confirm that it is you", "act": act, "fields": fields, "refusal": refusal}
        return render(request, template, {**context(request), **told}, status=403)

    given = request.POST.get(PASSWORD)
    if given is not None:
        if authenticate(request, username=signed_in(request).get_username(), password=given) is None:
            return page(request.POST.get(ACT, ""), "This is not your password.")
        confirm(request)
    try:
        return view()
    except ConfirmationNeeded as needed:
        return page(needed.act)
