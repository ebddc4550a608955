"""The address of the site alone: to the admin, or, for somebody signed in who is not of the staff, to their account. And what a failure looks like."""

import sys

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from ontology.api.answers import problem
from ontology.models import Person
from ontology.replica import only_primary, took_too_long


def front(request: HttpRequest) -> HttpResponse:
    """A way on; whoever signed in without a goal comes here too."""
    person = request.user
    is_member = isinstance(person, Person) and not person.is_staff
    return HttpResponseRedirect(reverse("account:home" if is_member else "admin:index"))


def failed(request: HttpRequest) -> HttpResponse:
    """The answer to a request that failed before or beside its view, without a traceback: 503 while the database does not answer (in time), else 500."""
    error = sys.exc_info()[1]
    if request.path_info.startswith("/api/") and isinstance(error, Exception):
        return problem(error, request)
    if isinstance(error, OperationalError) and took_too_long(error):
        return render(request, "slow.html", {"seconds": settings.STATEMENT_SECONDS}, status=503)
    if isinstance(error, OperationalError | InterfaceError) or (isinstance(error, DatabaseError) and only_primary(error)):
        answer = render(request, "503.html", status=503)
        answer.headers["Retry-After"] = "5"
        return answer
    return render(request, "500.html", status=500)
