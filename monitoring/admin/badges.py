"""Words of monitoring on their grounds; the word alone tells, whoever sees no colour."""

from django.utils.safestring import SafeString

from monitoring.choices import AlertState, ChangeState, DeliveryState, Severity
from ontology.admin.parts import badge

SEVERITY = {Severity.INFO: "blue", Severity.WARNING: "orange", Severity.CRITICAL: "red", Severity.EMERGENCY: "red"}
ALERT = {AlertState.OPEN: "red", AlertState.RECOVERING: "blue", AlertState.RESOLVED: "green"}
DELIVERY = {DeliveryState.WAITING: "orange", DeliveryState.HELD: "grey", DeliveryState.SENT: "green", DeliveryState.FAILED: "red"}

CHANGE = {
    ChangeState.DRAFT: "grey",
    ChangeState.ASKED: "orange",
    ChangeState.APPROVED: "green",
    ChangeState.REFUSED: "red",
    ChangeState.WITHDRAWN: "grey",
    ChangeState.DONE: "blue",
}


def severity_badge(word: str) -> SafeString:
    """How bad it is."""
    return badge(SEVERITY[Severity(word)], Severity(word).label)


def alert_badge(word: str) -> SafeString:
    """Where an episode stands."""
    return badge(ALERT[AlertState(word)], AlertState(word).label)


def delivery_badge(word: str) -> SafeString:
    """Where a message stands."""
    return badge(DELIVERY[DeliveryState(word)], DeliveryState(word).label)


def change_badge(word: str) -> SafeString:
    """Where a change request stands."""
    return badge(CHANGE[ChangeState(word)], ChangeState(word).label)
