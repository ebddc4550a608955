"""The scope of pages that are signed in to by session: the admin and people's own pages. The API sets its own."""

from collections.abc import Callable
from functools import partial

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse

from ontology import replica
from ontology.isolation import Scope, acting
from ontology.models import Person
from ontology.services.access import person_scope, staff_scope

ADMIN, ACCOUNT = "/admin/", "/account/"
BEFORE_WRITES = ("/add/", "/change/", "/delete/")
"""Pages that begin a write are read fresh."""


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
        if request.method not in replica.READS:
            try:
                return self._page(request, None)
            finally:
                replica.written(request.user.pk)
        if not _may_be_old(request):
            return self._page(request, None)
        with transaction.atomic():  # rights are asked of the primary
            scope = _scope(request.user, request.path_info)
        return replica.read(partial(self._page, request, scope), request.user.pk)

    def _page(self, request: HttpRequest, scope: Scope | None) -> HttpResponse:
        assert isinstance(request.user, Person)
        request.replica_fault = None  # type: ignore[attr-defined]
        with transaction.atomic(), acting(scope or _scope(request.user, request.path_info)):
            response = self.get_response(request)
            fault: DatabaseError | None = request.replica_fault  # type: ignore[attr-defined]
            if fault is not None:
                raise fault
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Keeps what a replica refused for `_page` to raise: the page is made again, by the primary, and nothing is logged as failed."""
        if not (replica.is_reading() and replica.is_fault(exception)):
            return None
        request.replica_fault = exception  # type: ignore[attr-defined]
        return HttpResponse(status=503)


def _may_be_old(request: HttpRequest) -> bool:
    """Whether a page may show what is a moment old: lists, dashboards and reports of the admin."""
    path = request.path_info
    return replica.is_used() and path.startswith(ADMIN) and not path.endswith(BEFORE_WRITES)


def _scope(person: Person, path: str) -> Scope:
    if path.startswith(ADMIN) and person.is_staff:
        return staff_scope(person)
    return person_scope(person)
