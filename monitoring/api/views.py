"""groups/{slug}/alerts/…: what is wrong in a group, for those who manage it."""

from typing import Any

from django.http import HttpResponse

from monitoring.api import shapes
from monitoring.choices import AlertState
from monitoring.models import Alert
from monitoring.services.alerts import alert_acknowledge
from ontology.api.answers import answer
from ontology.api.endpoint import GroupEndpoint
from ontology.api.operations import describes
from ontology.api.parameters import Parameter
from ontology.api.refusals import not_found
from ontology.choices import Right

TAG = "alerts"
STATE = Parameter("state", "Alerts in this state alone.", choices=tuple(AlertState.values))
LIMIT = Parameter("limit", "The latest so many.", kind="integer", default=50, minimum=1, maximum=500)


class Alerts(GroupEndpoint):
    """The alerts of the group."""

    @describes(
        Right.MANAGE,
        "alerts_list",
        "List the alerts of a group",
        "Of this group alone, the latest first: what is wrong with its data and quotas, and what was.",
        tag=TAG,
        answers={200: shapes.Alerts},
        parameters=(STATE, LIMIT),
        shown={"items": [shapes.SHOWN]},
    )
    def get(self, request: Any) -> HttpResponse:
        """The alerts; one query."""
        found = Alert.objects.filter(group=self.group).order_by("-id")
        if self.parameters["state"]:
            found = found.filter(state=self.parameters["state"])
        return answer({"items": [alert_told(alert) for alert in found[: self.parameters["limit"]]]})


class AlertAcknowledge(GroupEndpoint):
    """Saying that somebody is at it."""

    @describes(
        Right.MANAGE,
        "alert_acknowledge",
        "Acknowledge an alert",
        "Says that somebody is at it; programs that were told of the alert hear of it. A second time changes nothing.",
        tag=TAG,
        answers={200: shapes.AlertShape},
        shown=shapes.SHOWN,
    )
    def post(self, request: Any) -> HttpResponse:
        """The alert as it is then. Raises Refusal 404, and AlertClosed for one that is over."""
        alert = Alert.objects.filter(group=self.group, pk=self.row_id).first()
        if alert is None:
            raise not_found("alert")
        return answer(alert_told(alert_acknowledge(alert, actor=self.actor)))


def alert_told(alert: Alert) -> dict[str, Any]:
    """An alert as it is answered."""
    return {
        "id": alert.pk,
        "name": alert.name,
        "category": alert.category,
        "state": alert.state,
        "severity": alert.severity,
        "summary": alert.summary,
        "value": alert.value,
        "threshold": alert.threshold,
        "details": alert.details,
        "openedAt": alert.opened_at,
        "seenAt": alert.seen_at,
        "resolvedAt": alert.resolved_at,
        "acknowledgedAt": alert.acknowledged_at,
        "snoozedUntil": alert.snoozed_until,
    }
