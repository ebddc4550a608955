"""One's own API tokens: made and shown once, revoked."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from ontology.account.forms import TokenForm, tell
from ontology.account.views import account_actor
from ontology.confirming import confirming, demand_confirmation
from ontology.errors import DomainError
from ontology.isolation import acting
from ontology.models import ApiToken
from ontology.services.access import person_scope
from ontology.services.tokens import token_make, token_revoke
from ontology.sessions import signed_in


@login_required
@never_cache
def token_new(request: HttpRequest) -> HttpResponse:
    """A form; then, once the password is confirmed, the text of the new token, shown this once."""
    return confirming(request, lambda: _token_page(request))


@sensitive_variables("text")
def _token_page(request: HttpRequest) -> HttpResponse:
    person = signed_in(request)
    with acting(person_scope(person)):
        form = TokenForm(person, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            demand_confirmation(request, "Making an API token")
            given = form.cleaned_data
            try:
                token, text = token_make(
                    person,
                    name=given["name"],
                    scopes=given["scopes"],
                    group=given["group"],
                    expires_at=form.expires_at,
                    actor=account_actor(request),
                )
                return render(request, "account/token_made.html", {"token": token, "text": text})
            except DomainError as error:
                tell(form, error)
        return render(request, "account/token_new.html", {"form": form})


@login_required
@require_POST
def token_end(request: HttpRequest, token_id: uuid.UUID) -> HttpResponse:
    """Revokes a token of the person's own; anybody else's is not found."""
    person = signed_in(request)
    with acting(person_scope(person)):
        token = ApiToken.objects.select_related("person").filter(pk=token_id, person=person).first()
    if token is None:
        raise Http404
    token_revoke(token, actor=account_actor(request))
    messages.success(request, f"The token {token.name} is revoked: it opens nothing any more.")
    return HttpResponseRedirect(reverse("account:home"))
