"""Signing in and out, and the page of one's own account."""

from dataclasses import dataclass
from typing import cast

from axes.models import AccessLog
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from ontology.account.forms import ProfileForm, SignInForm, tell
from ontology.choices import Door
from ontology.confirming import confirming, demand_confirmation
from ontology.errors import DomainError
from ontology.isolation import acting
from ontology.models import ApiToken, Membership, Person
from ontology.services.access import person_scope
from ontology.services.actor import Actor
from ontology.services.people import PersonChanges, person_sessions_end, person_update
from ontology.sessions import signed_in

SIGN_INS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Account:
    """What the page shows of a person."""

    memberships: list[Membership]
    tokens: list[ApiToken]
    sign_ins: list[AccessLog]


def account_actor(request: HttpRequest, person: Person | None = None) -> Actor:
    """The signed-in person, or PERSON, acting through the account pages."""
    return Actor(person=person or signed_in(request), door=Door.ACCOUNT, request_id=getattr(request, "id", ""))


class SignIn(LoginView):
    """Signing in by e-mail address and password; staff give their second factor next."""

    form_class = SignInForm
    template_name = "account/sign_in.html"
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        """The account, for whoever wanted to go nowhere else."""
        return reverse("account:home")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends this session."""
    logout(request)
    messages.success(request, "You are signed out. Nothing of your session is left in this browser.")
    return HttpResponseRedirect(reverse("account:sign_in"))


@login_required
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """The person's profile, memberships, tokens and latest sign-ins; six queries."""
    person = signed_in(request)
    form = ProfileForm(request.POST if request.method == "POST" else None, initial={name: getattr(person, name) for name in ProfileForm.base_fields})
    if request.method == "POST" and form.is_valid():
        try:
            person_update(person, cast(PersonChanges, form.cleaned_data), actor=account_actor(request))
            messages.success(request, "Your profile is saved.")
            return HttpResponseRedirect(reverse("account:home"))
        except DomainError as error:
            tell(form, error)
    with acting(person_scope(person)):
        return render(request, "account/home.html", {"form": form, "account": account_of(person), "person": person})


def account_of(person: Person) -> Account:
    """What is the person's own; three queries."""
    return Account(
        memberships=list(Membership.objects.filter(person=person).select_related("group").order_by("group__name")),
        tokens=list(ApiToken.objects.filter(person=person).select_related("group")),
        sign_ins=list(AccessLog.objects.filter(username=person.get_username()).order_by("-attempt_time")[:SIGN_INS_SHOWN]),
    )


@login_required
@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """Ends every session of the person but this one, once the password is confirmed; this one goes on as it was, under another key."""

    def act() -> HttpResponse:
        demand_confirmation(request, "Ending your other sessions")
        person = person_sessions_end(signed_in(request), actor=account_actor(request))
        update_session_auth_hash(request, person)
        messages.success(request, "All your other sessions have ended. This one goes on.")
        return HttpResponseRedirect(reverse("account:home"))

    return confirming(request, act)
