"""admin/performance-metrics: the database as it stands, for staff; and /metrics for Prometheus."""

import hmac
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from monitoring.api import performance_shapes as shapes
from monitoring.database.prometheus import exposition
from monitoring.database.reports import PERFORMANCE, report_latest
from ontology.api.answers import answer
from ontology.api.cases import plain
from ontology.api.endpoint import Endpoint
from ontology.api.operations import describes
from ontology.api.refusals import Refusal
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Person

TAG = "platform"
PERMISSION = "monitoring.view_databasesample"


def may_watch(person: Any) -> bool:
    """Whether PERSON is one of the staff who may look at the database."""
    return isinstance(person, Person) and person.is_active and person.is_staff and person.has_perm(PERMISSION)


class PerformanceMetrics(Endpoint):
    """The database as it stands."""

    @describes(
        None,
        "performance_metrics",
        "Read the performance of the database",
        "Sessions, rates, the slowest statements, sizes, bloat and replication. For staff who may see the database alone. Refreshed once a minute.",
        tag=TAG,
        answers={200: shapes.PerformanceMetrics},
        shown=shapes.SHOWN,
    )
    def get(self, request: Any) -> HttpResponse:
        """The whole."""
        if not may_watch(self.person):
            raise Refusal(403, "staff_only", "The performance of the database is for staff who may see it.")
        kept = report_latest(PERFORMANCE)
        if kept is None:
            raise Refusal(
                503, "not_sampled", "The database was not sampled yet: the clock and a worker do that once a minute.", headers={"Retry-After": "60"}
            )
        return answer(plain(kept.content), headers={"Cache-Control": "private, max-age=60"})


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """What Prometheus reads: with METRICS_TOKEN as bearer, or signed in as staff."""
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    is_known = bool(settings.METRICS_TOKEN) and hmac.compare_digest(shown.encode(), settings.METRICS_TOKEN.encode())
    if not is_known and not may_watch(request.user):
        return HttpResponse(
            "Show METRICS_TOKEN as a bearer, or sign in as staff.\n", status=401, content_type="text/plain", headers={"WWW-Authenticate": "Bearer"}
        )
    with acting(PLATFORM_SCOPE):
        text, kind = exposition()
    return HttpResponse(text, content_type=kind)
