"""The second factor of staff and of all who hold rights on the platform: enrolled at the first sign-in, proved at every one."""

import io
from collections.abc import Callable
from functools import wraps
from typing import Any

import segno
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST
from django_otp import login as device_login

from ontology.admin.confirming import confirming, demand_confirmation
from ontology.admin.site import staff_actor
from ontology.models import Person
from ontology.services.second_factor import (
    CodeRefused,
    recovery_codes_renew,
    second_factor_begin,
    second_factor_confirm,
    second_factor_of,
    second_factor_remove,
    second_factor_verify,
    secret_text,
)
from ontology.sessions import second_factor_missing, signed_in

type View = Callable[[HttpRequest], HttpResponse]


def staff_page(view: View) -> View:
    """A page for who is signed in and holds rights on the platform, second factor proved or not; never kept by a browser."""

    @wraps(view)
    def page(request: HttpRequest) -> HttpResponse:
        person = request.user
        if not isinstance(person, Person) or not person.is_active or not person.holds_platform_rights:
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        return view(request)

    return never_cache(page)


def proved_page(view: View) -> View:
    """A page for staff who have proved their second factor in this session."""

    @wraps(view)
    def page(request: HttpRequest) -> HttpResponse:
        if second_factor_missing(request):
            return HttpResponseRedirect(reverse("second-factor:verify"))
        return view(request)

    return staff_page(page)


@staff_page
def verify(request: HttpRequest) -> HttpResponse:
    """Asks for a code; whoever has no second factor yet is sent to enrol."""
    person, goal = signed_in(request), _goal(request)
    if not second_factor_missing(request):
        return HttpResponseRedirect(goal)
    if not second_factor_of(person).is_on:
        return HttpResponseRedirect(_with_goal("second-factor:enrol", request))
    refusal = ""
    if request.method == "POST":
        try:
            _prove(request, second_factor_verify(person, request.POST.get("code", "")))
            return HttpResponseRedirect(goal)
        except CodeRefused as error:
            refusal = str(error)
    return _page(request, "verify", title="Second factor", refusal=refusal, status=403 if refusal else 200)


@staff_page
@sensitive_variables("device", "codes")
def enrol(request: HttpRequest) -> HttpResponse:
    """Shows the secret as a picture and as text; the app's first code switches it on, and the recovery codes are shown once."""
    person = signed_in(request)
    if second_factor_of(person).is_on:
        return HttpResponseRedirect(_with_goal("second-factor:verify", request))
    refusal = ""
    if request.method == "POST":
        try:
            device, codes = second_factor_confirm(person, request.POST.get("code", "").replace(" ", ""), actor=staff_actor(request))
            _prove(request, device)
            return _page(request, "codes", title="Recovery codes", codes=codes, goal=_goal(request))
        except CodeRefused as error:
            refusal = str(error)
    device = second_factor_begin(person)
    shown = {"picture": picture(device.config_url), "secret": secret_text(device), "refusal": refusal}
    return _page(request, "enrol", title="Set up your second factor", **shown, status=403 if refusal else 200)


@proved_page
def manage(request: HttpRequest) -> HttpResponse:
    """The state of one's own second factor."""
    return _page(request, "manage", title="Your second factor", factor=second_factor_of(signed_in(request)), required=settings.SECOND_FACTOR_REQUIRED)


@require_POST
@proved_page
@sensitive_variables("codes")
def codes_renew(request: HttpRequest) -> HttpResponse:
    """New recovery codes instead of the old, once the password is confirmed."""

    def act() -> HttpResponse:
        demand_confirmation(request, "Making new recovery codes")
        codes = recovery_codes_renew(signed_in(request), actor=staff_actor(request))
        return _page(request, "codes", title="Recovery codes", codes=codes, goal=reverse("second-factor:manage"))

    return confirming(request, act)


@require_POST
@proved_page
def remove(request: HttpRequest) -> HttpResponse:
    """Takes one's own second factor away, once the password is confirmed; the next page asks to set up another."""

    def act() -> HttpResponse:
        demand_confirmation(request, "Removing your second factor")
        second_factor_remove(signed_in(request), actor=staff_actor(request))
        messages.success(request, "Your second factor is removed. Set up another one now.")
        return HttpResponseRedirect(reverse("second-factor:enrol"))

    return confirming(request, act)


def picture(text: str) -> SafeString:
    """TEXT as a QR code, inline SVG, black on white in every theme."""
    out = io.BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=3, light="#fff", title="QR code of the secret"
    )
    return mark_safe(out.getvalue().decode())  # noqa: S308 -- segno draws it: paths and numbers alone


def _prove(request: HttpRequest, device: Any) -> None:
    """Remembers the device in the session, under a new key: what was known of the session before opens nothing more now."""
    request.session.cycle_key()
    device_login(request, device)


def _goal(request: HttpRequest) -> str:
    """Where the person wanted to go; the front page, or the account of one who may not use the admin, rather than a foreign site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse("admin:index" if admin.site.has_permission(request) else "account:home")


def _with_goal(name: str, request: HttpRequest) -> str:
    query = request.GET.urlencode()
    return f"{reverse(name)}?{query}" if query else reverse(name)


def _page(request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    whole = {**admin.site.each_context(request), "next": _goal(request), **context}
    return render(request, f"admin/second_factor/{name}.html", whole, status=status)
