"""The address of the site alone: to the admin, or, for somebody signed in who is not of the staff, to their account."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from ontology.models import Person


def front(request: HttpRequest) -> HttpResponse:
    """A way on; whoever signed in without a goal comes here too."""
    person = request.user
    is_member = isinstance(person, Person) and not person.is_staff
    return HttpResponseRedirect(reverse("account:home" if is_member else "admin:index"))
