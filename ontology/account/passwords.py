"""Passwords: changed, forgotten and set anew, or chosen for the first time by an invitation."""

import logging

from celery import current_app
from django.contrib import messages
from django.contrib.auth import authenticate, login, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from kombu.exceptions import OperationalError

from ontology.account.forms import AddressForm, InvitationForm, NewPasswordForm, PasswordChangeForm
from ontology.account.views import account_actor
from ontology.models import Person
from ontology.services.invitations import awaits_password, invitation_accept
from ontology.services.links import INVITATION, RESET, person_named
from ontology.services.people import person_password_set
from ontology.sessions import session_begin, signed_in

log = logging.getLogger(__name__)

BACKEND = "django.contrib.auth.backends.ModelBackend"


@login_required
@never_cache
def password_change(request: HttpRequest) -> HttpResponse:
    """Another password, for one who knows the present one; every other session ends."""
    person = signed_in(request)
    form = PasswordChangeForm(person, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if authenticate(request, username=person.get_username(), password=form.cleaned_data["old_password"]) is None:
            form.add_error("old_password", "This is not your present password.")
        else:
            changed = person_password_set(person, form.cleaned_data["password2"], actor=account_actor(request))
            update_session_auth_hash(request, changed)
            session_begin(request)
            messages.success(request, "Your password is changed. All your other sessions have ended.")
            return HttpResponseRedirect(reverse("account:home"))
    return render(request, "account/password_change.html", {"form": form})


@never_cache
def password_reset(request: HttpRequest) -> HttpResponse:
    """Asks for a link by e-mail; the answer is the same whether or not there is such an account, and takes the same time: a worker looks it up."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            current_app.send_task("ontology.send_password_reset", [form.cleaned_data["email"], request.build_absolute_uri("/")], retry=False)
            return render(request, "account/password_reset_asked.html", {"email": form.cleaned_data["email"]})
        except OperationalError:
            log.exception("A link for a new password could not be handed to a worker.")
            form.add_error(None, "No e-mail can be sent at the moment. Try again in a few minutes.")
    return render(request, "account/password_reset.html", {"form": form})


@never_cache
def password_reset_set(request: HttpRequest, word: str, token: str) -> HttpResponse:
    """A new password by the link of an e-mail; then one signs in with it."""
    person = person_named(word)
    if person is None or not RESET.check_token(person, token):
        return _link_is_dead(request)
    form = NewPasswordForm(person, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        person_password_set(person, form.cleaned_data["password2"], actor=account_actor(request, person))
        messages.success(request, "Your new password is set. Sign in with it.")
        return HttpResponseRedirect(reverse("account:sign_in"))
    return render(request, "account/password_set.html", {"form": form})


@never_cache
def invitation(request: HttpRequest, word: str, token: str) -> HttpResponse:
    """A name and a password by the link of an invitation; then one is signed in."""
    person = person_named(word)
    if person is None or not INVITATION.check_token(person, token) or not awaits_password(person):
        return _link_is_dead(request)
    form = InvitationForm(person, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        accepted: Person = invitation_accept(
            person, display_name=given["display_name"], password=given["password2"], actor=account_actor(request, person)
        )
        login(request, accepted, backend=BACKEND)
        messages.success(request, "Welcome. Your account is ready.")
        return HttpResponseRedirect(reverse("account:home"))
    return render(request, "account/invitation.html", {"form": form, "person": person})


def _link_is_dead(request: HttpRequest) -> HttpResponse:
    return render(request, "account/link_is_dead.html", status=410)
