"""Liveness: whether this process answers."""

from django.http import HttpRequest, HttpResponse


def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process serves requests; asks nothing of database or broker."""
    return HttpResponse("ok\n", content_type="text/plain")
