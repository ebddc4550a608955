"""The outbox: messages written in the transaction of what they tell, and handed to a worker after it."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from monitoring.choices import AlertChange, DeliveryState, Severity
from monitoring.models import Alert, Channel, Delivery
from monitoring.services.routing import channels_for, held_until, hours_of, owner_for
from ontology.models import Person

SEND_TASK = "monitoring.send_deliveries"
_log = logging.getLogger(__name__)


def alert_tell(alert: Alert, change: AlertChange, *, by: str = "") -> int:
    """Writes the messages that tell CHANGE of ALERT, BY a person if one made it, in the caller's transaction; how many. Some five queries."""
    now, severity, message = timezone.now(), Severity(alert.severity), message_of(alert, change, by=by)
    written = [_delivery(alert, change, message, channel=channel, now=now, hours=channel) for channel in channels_for(alert, change)]
    owner = owner_for(alert, change)
    if owner is not None:
        written.append(_delivery(alert, change, message, person=owner, now=now, hours=hours_of(owner)))
    Delivery.objects.bulk_create(written)
    if written:
        transaction.on_commit(sending_ask, robust=True)
    _log.info("Alert %s %s (%s): %d messages", alert.name, change.value, severity.value, len(written))
    return len(written)


def message_write(change: AlertChange, message: Mapping[str, Any], channel: Channel, severity: Severity = Severity.INFO) -> Delivery:
    """Writes one message that belongs to no alert, such as a test or a report; it is due at once."""
    written = Delivery.objects.create(
        channel=channel, group_id=channel.group_id, change=change, severity=severity, message=dict(message), due_at=timezone.now()
    )
    transaction.on_commit(sending_ask, robust=True)
    return written


def sending_ask() -> None:
    """Asks a worker to send what is due; without a broker the clock does so within seconds."""
    try:
        current_app.send_task(SEND_TASK, queue="maintenance", retry=False, expires=60)
    except OperationalError:
        _log.warning("The broker takes no message; what is due is sent at the clock's next turn")


def message_of(alert: Alert, change: AlertChange, *, by: str = "") -> dict[str, Any]:
    """What is told of an alert at this moment, as plain data that no later change of the alert changes; one query for a group not loaded yet."""
    group = alert.group
    place = reverse("admin:monitoring_alert_change", args=[alert.pk]) if settings.SITE_URL else ""
    return {
        "alert": str(alert.pk),
        "name": alert.name,
        "category": alert.category,
        "change": change.value,
        "severity": alert.severity,
        "title": f"{Severity(alert.severity).label}: {alert} {'in ' + group.name if group else 'on the platform'}",
        "summary": alert.summary,
        "value": alert.value,
        "threshold": alert.threshold,
        "details": alert.details,
        "group": {"id": str(group.pk), "slug": group.slug, "name": group.name} if group else None,
        "openedAt": alert.opened_at.isoformat(),
        "at": timezone.now().isoformat(),
        "by": by,
        "url": f"{settings.SITE_URL}{place}" if place else "",
    }


def _delivery(
    alert: Alert,
    change: AlertChange,
    message: Mapping[str, Any],
    *,
    now: datetime,
    hours: Any,
    channel: Channel | None = None,
    person: Person | None = None,
) -> Delivery:
    severity = Severity(alert.severity)
    wait = held_until(hours, severity, now)
    return Delivery(
        group_id=alert.group_id,
        alert=alert,
        channel=channel,
        person=person,
        change=change,
        severity=severity,
        message=dict(message),
        state=DeliveryState.HELD if wait else DeliveryState.WAITING,
        due_at=wait or now,
    )
