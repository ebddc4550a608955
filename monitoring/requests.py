"""Names the work of a request for the watch over statements, its view and its group where the address has one; and counts how it was answered."""

import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from monitoring.answering import request_answered
from monitoring.database.watching import caller_named, group_named, working

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
"""Others are anybody's words, and are not counted one by one."""


class WatchedRequests:
    """Outermost of what asks the database, so that a request's observations are written when its transactions are over."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer; it and its statements are counted."""
        began = time.perf_counter()
        with working("(no view)"):
            response = self.get_response(request)
        match = request.resolver_match
        if match is None and response.status_code < 400:
            return response  # a file of the pages' looks, which no view has answered
        caller = f"{request.method} {match.route}" if match and request.method in METHODS else "(no view)"
        request_answered(caller[:200], response.status_code, (time.perf_counter() - began) * 1000)
        return response

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Tells whose statements these are, before the view begins."""
        match = request.resolver_match
        caller_named(f"{request.method} {match.route if match else request.path_info}"[:200])
        slug = kwargs.get("slug")
        if isinstance(slug, str) and match is not None and "groups/" in match.route:
            group_named(slug)
