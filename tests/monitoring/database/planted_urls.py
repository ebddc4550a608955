"""The addresses of the product, and two planted ones: a page that asks one by one what it could ask at once, and a slow one."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import urlpatterns as sound
from ontology.models import Thing

SLOW_SECONDS = 0.105


def one_by_one(request: HttpRequest, slug: str) -> HttpResponse:
    """N+1: the names of a group's things, each asked for by itself."""
    keys = Thing.objects.filter(group__slug=slug).values_list("pk", flat=True)
    return HttpResponse(", ".join(Thing.objects.get(pk=key).name for key in keys))


def slow(request: HttpRequest, slug: str) -> HttpResponse:
    """Takes a tenth of a second in one statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [SLOW_SECONDS])
    return HttpResponse("slept")


urlpatterns = [path("planted/groups/<slug:slug>/one-by-one/", one_by_one), path("planted/groups/<slug:slug>/slow/", slow), *sound]
