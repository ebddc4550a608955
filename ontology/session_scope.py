"""The scope of pages that are signed in to by session: the admin and people's own pages. The API sets its own."""

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from ontology.isolation import Scope, acting
from ontology.models import Person
from ontology.services.access import person_scope, staff_scope

ADMIN, ACCOUNT = "/admin/", "/account/"


class SessionScopeMiddleware:
    """Serves a page as one transaction within the scope of the person signed in, its template included; an error takes everything back.

    In the admin that is what `staff_scope` gives, on a person's own pages what `person_scope` gives. Nobody signed in: no scope.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer of the page."""
        if not request.path_info.startswith((ADMIN, ACCOUNT)) or not isinstance(request.user, Person):
            return self.get_response(request)
        with transaction.atomic(), acting(_scope(request.user, request.path_info)):
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response


def _scope(person: Person, path: str) -> Scope:
    if path.startswith(ADMIN) and person.is_staff:
        return staff_scope(person)
    return person_scope(person)
