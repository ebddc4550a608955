"""Reads go on while the primary is away, where a replica is there."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from ontology import replica
from ontology.api.answers import refused
from ontology.api.endpoint import READ_FROM
from ontology.api.refusals import Refusal

AWAY = "The primary database is away, and files are read from it alone; try again when it is back."
SERVED = ("/api/", "/admin/", "/account/")
"""Whether the process lives is told without asking any database."""
_log = logging.getLogger(__name__)


class ReadsGoOn:
    """Answers GET from the replica while the primary does not answer, sign-in included; a read that the primary broke off in the middle is made again.

    Writes are refused with 503, as without a replica: nobody makes a replica the primary by himself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer."""
        if not replica.is_used() or request.method not in replica.READS or not request.path_info.startswith(SERVED):
            return self.get_response(request)
        if replica.primary_answers():
            response = self.get_response(request)
            if response.status_code != 503 or replica.primary_answers():
                return response
        return self._old(request)

    def _old(self, request: HttpRequest) -> HttpResponse:
        _log.warning("the primary is away: %s %s is read from the replica", request.method, request.path_info)
        with replica.primary_away():
            response = self.get_response(request)
        if response.streaming:  # it would be read after this, from the primary
            response.close()
            response = refused(Refusal(503, "unavailable", AWAY, headers={"Retry-After": "5"}), request)
        response.headers[READ_FROM] = "replica; primary is away"
        return response
