"""Quota thresholds as alerts: the events that quotas leave are read, and what they tell is observed."""

from datetime import timedelta

from django.utils import timezone

from monitoring.choices import Category, Severity
from monitoring.models import Heartbeat
from monitoring.services.alerts import condition_observed
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Event

TYPES = ("quota_warning", "quota_exceeded")
SEVERITIES = {"warning": Severity.WARNING, "critical": Severity.CRITICAL, "exceeded": Severity.CRITICAL}
MARK = "quota events read"
OVERLAP = timedelta(minutes=10)
"""How far back each reading looks anew, for events whose transactions commit late: to observe one twice changes nothing."""


def quota_events_observe() -> int:
    """Observes what quotas have told since the last reading; how many events. One query by the type's index, and what each alert costs."""
    with acting(PLATFORM_SCOPE):
        now = timezone.now()
        mark, _ = Heartbeat.objects.get_or_create(kind=MARK, defaults={"since": now, "seen_at": now})
        found = Event.objects.filter(type__in=TYPES, group__isnull=False, timestamp__gt=mark.seen_at - OVERLAP).select_related("group")
        newest = {(event.group_id, event.metadata.get("metric"), event.metadata.get("subject")): event for event in found.order_by("timestamp", "id")}
        for event in newest.values():
            _observe(event)
        Heartbeat.objects.filter(pk=mark.pk).update(seen_at=now)
    return len(newest)


def _observe(event: Event) -> None:
    told = event.metadata
    metric, subject = str(told.get("metric", "")), str(told.get("subject", ""))
    words = f"{metric} of {subject}" if subject else metric
    percent = told.get("percentUsed")
    condition_observed(
        name=f"quota {words}"[:100],
        group=event.group,
        severity=SEVERITIES.get(str(told.get("level", ""))),
        summary=f"{words}: {told.get('current')} of {told.get('limit')} are used" + (f" ({percent} %)." if percent is not None else "."),
        value=float(told["current"]) if isinstance(told.get("current"), int | float) else None,
        threshold=float(told["limit"]) if isinstance(told.get("limit"), int | float) else None,
        details={"event": str(event.pk), "level": told.get("level")},
        category=Category.QUOTAS,
    )
