"""Names the work of a request for the watch over statements: its view, and its group where the address has one."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from monitoring.database.watching import caller_named, group_named, working


class WatchedRequests:
    """Outermost of what asks the database, so that a request's observations are written when its transactions are over."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer; its statements are counted, and their time is told in it."""
        with working("(no view)") as work:
            response = self.get_response(request)
        response.headers["Server-Timing"] = f"db;dur={work.seconds * 1000:.1f}"
        return response

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Tells whose statements these are, before the view begins."""
        match = request.resolver_match
        caller_named(f"{request.method} {match.route if match else request.path_info}"[:200])
        slug = kwargs.get("slug")
        if isinstance(slug, str) and match is not None and "groups/" in match.route:
            group_named(slug)
