"""The front page with what is wrong on it."""

from typing import Any

from django.http import HttpRequest

from monitoring.admin.tables import alerts_table
from monitoring.choices import AlertState, Severity
from monitoring.models import Alert
from ontology.admin.front import front_page as page_below
from ontology.admin.site import may_view
from ontology.services.access import rows_in_scope

ALERTS_SHOWN, COUNTED_MAX = 5, 1_000


def front_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The page of the apps below, and first of all the alerts that are open; one query more."""
    context = page_below(request, context)
    if not may_view(request, Alert):
        return context
    open_ones = rows_in_scope(Alert.objects.filter(state=AlertState.OPEN)).select_related("group", "owner").order_by("-opened_at")
    found = sorted(open_ones[:COUNTED_MAX], key=lambda alert: (-Severity(alert.severity).rank, alert.opened_at))
    more = "" if len(found) < COUNTED_MAX else " or more"
    note = f"{len(found):,}{more}, the worst first." if len(found) > 1 else ""
    return {**context, "tables": [alerts_table(found[:ALERTS_SHOWN], note=note), *context["tables"]]}
