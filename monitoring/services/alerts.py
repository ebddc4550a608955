"""Episodes of alerts: begun, made worse and ended by what was observed; acknowledged, assigned and snoozed by people."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from monitoring.choices import AlertChange, AlertState, Category, Severity
from monitoring.errors import AlertClosed
from monitoring.models import Alert
from monitoring.services.outbox import alert_tell
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Group, Person
from ontology.services.actor import Actor
from ontology.services.record import event_record

EVENT = "monitoring_alert"
SUMMARY_LETTERS = 500
UNFINISHED = (AlertState.OPEN, AlertState.RECOVERING)


def condition_observed(
    *,
    name: str,
    group: Group | None,
    severity: Severity | None,
    summary: str,
    value: float | None = None,
    threshold: float | None = None,
    details: Mapping[str, Any] = {},
    category: Category = Category.DATA_QUALITY,
) -> None:
    """Something looked at the condition NAME of GROUP (None: of the platform) and found it SEVERITY, or healthy (None).

    Called at every look, by any process. A condition that is crossed opens an episode, which is told once; once more whenever it becomes worse than
    what was told; and once at its end, when it has been healthy for ALERT_QUIET_SECONDS. What is crossed again before that belongs to the same
    episode and is not told. Three queries for a look that changes nothing, some twenty for one that is told.
    """
    with acting(PLATFORM_SCOPE), transaction.atomic():
        now = timezone.now()
        seen = {"summary": summary[:SUMMARY_LETTERS], "value": value, "threshold": threshold, "details": dict(details), "seen_at": now}
        if severity is None:
            alert = _unfinished(name, group)
            if alert is not None:
                _healthy(alert, now)
            return
        new = Alert(name=name, group=group, category=category, severity=severity, told_severity=severity, opened_at=now, **seen)
        if not _opened(new):
            alert = _unfinished(name, group)
            assert alert is not None  # the key that refused the new one is held by this one
            _seen_again(alert, severity, seen)


def _unfinished(name: str, group: Group | None) -> Alert | None:
    """The episode that has not ended, locked."""
    return Alert.objects.select_for_update(of=("self",)).select_related("group", "owner").filter(name=name, group=group, state__in=UNFINISHED).first()


def _opened(alert: Alert) -> bool:
    """Begins an episode and tells it; whether there was none."""
    if Alert.objects.filter(name=alert.name, group=alert.group, state__in=UNFINISHED).exists():
        return False
    try:
        with transaction.atomic():
            alert.save(force_insert=True)
    except IntegrityError:  # another process saw it in the same moment
        return False
    _record(alert, AlertChange.OPENED)
    alert_tell(alert, AlertChange.OPENED)
    return True


def _seen_again(alert: Alert, severity: Severity, seen: Mapping[str, Any]) -> None:
    for field, value in seen.items():
        setattr(alert, field, value)
    alert.severity, alert.state, alert.healthy_since = severity, AlertState.OPEN, None
    alert.times_seen += 1
    is_worse = severity.rank > Severity(alert.told_severity).rank
    is_told = is_worse and (not _is_snoozed(alert) or severity is Severity.EMERGENCY)
    if is_told:
        alert.told_severity = severity
    alert.save()
    if is_told:
        _record(alert, AlertChange.ESCALATED)
        alert_tell(alert, AlertChange.ESCALATED)


def _healthy(alert: Alert, now: datetime) -> None:
    alert.seen_at = now
    if alert.state == AlertState.OPEN:
        alert.state, alert.healthy_since = AlertState.RECOVERING, now
    alert.save(update_fields=["seen_at", "state", "healthy_since", "updated_at"])
    _resolve_if_quiet(alert, now)


def _resolve_if_quiet(alert: Alert, now: datetime) -> bool:
    """Ends an episode that has been healthy for long enough, and tells so; whether it did."""
    if alert.healthy_since is None or now - alert.healthy_since < timedelta(seconds=settings.ALERT_QUIET_SECONDS):
        return False
    alert.state, alert.resolved_at = AlertState.RESOLVED, now
    alert.save(update_fields=["state", "resolved_at", "updated_at"])
    _record(alert, AlertChange.RESOLVED)
    alert_tell(alert, AlertChange.RESOLVED)
    return True


def alerts_settle() -> int:
    """Ends the episodes that have been healthy for long enough, and reminds of those whose snooze is over; how many. For the clock, every minute."""
    moved = 0
    now = timezone.now()
    with acting(PLATFORM_SCOPE):
        for key in Alert.objects.filter(state=AlertState.RECOVERING).values_list("pk", flat=True):
            with transaction.atomic():
                alert = Alert.objects.select_for_update(of=("self",)).get(pk=key)
                moved += alert.state == AlertState.RECOVERING and _resolve_if_quiet(alert, now)
        for key in Alert.objects.filter(state=AlertState.OPEN, snoozed_until__lte=now).values_list("pk", flat=True):
            with transaction.atomic():
                moved += _snooze_over(Alert.objects.select_for_update(of=("self",)).get(pk=key), now)
    return moved


def _snooze_over(alert: Alert, now: datetime) -> bool:
    if alert.state != AlertState.OPEN or alert.snoozed_until is None or alert.snoozed_until > now:
        return False
    alert.snoozed_until, alert.told_severity = None, max((Severity(alert.severity), Severity(alert.told_severity)), key=lambda each: each.rank)
    alert.save(update_fields=["snoozed_until", "told_severity", "updated_at"])
    alert_tell(alert, AlertChange.REMINDED)
    return True


def alert_acknowledge(alert: Alert, *, actor: Actor) -> Alert:
    """Says that ACTOR has seen it, and tells the programs that were told of it. Raises AlertClosed; nothing the second time."""
    with acting(PLATFORM_SCOPE), transaction.atomic():
        held = _held(alert)
        if held.acknowledged_at is None:
            held.acknowledged_at, held.acknowledged_by = timezone.now(), actor.person
            held.save(update_fields=["acknowledged_at", "acknowledged_by", "updated_at"])
            _record(held, AlertChange.ACKNOWLEDGED, actor=actor)
            alert_tell(held, AlertChange.ACKNOWLEDGED, by=str(actor.person or ""))
    return held


def alert_assign(alert: Alert, owner: Person | None, *, actor: Actor) -> Alert:
    """Makes OWNER (None: nobody) answer for it, and tells them by e-mail unless they took it themselves. Raises AlertClosed."""
    with acting(PLATFORM_SCOPE), transaction.atomic():
        held = _held(alert)
        before, held.owner = held.owner, owner
        held.save(update_fields=["owner", "updated_at"])
        if before != owner:
            change = {"from": str(before.pk) if before else None, "to": str(owner.pk) if owner else None}
            _record(held, AlertChange.ASSIGNED, actor=actor, owner=change)
            if owner != actor.person:
                alert_tell(held, AlertChange.ASSIGNED, by=str(actor.person or ""))
    return held


def alert_snooze(alert: Alert, until: datetime | None, *, actor: Actor) -> Alert:
    """Keeps it from being told until then (None: tells it again from now on); its end is told, and so is an emergency. Raises AlertClosed."""
    with acting(PLATFORM_SCOPE), transaction.atomic():
        held = _held(alert)
        held.snoozed_until = until
        held.save(update_fields=["snoozed_until", "updated_at"])
        _record(held, AlertChange.SNOOZED, actor=actor, until=until.isoformat() if until else None)
    return held


def _held(alert: Alert) -> Alert:
    """The row, locked. Raises AlertClosed."""
    held = Alert.objects.select_for_update(of=("self",)).select_related("group", "owner").get(pk=alert.pk)
    if held.state == AlertState.RESOLVED:
        raise AlertClosed(alert.pk)
    return held


def _is_snoozed(alert: Alert) -> bool:
    return alert.snoozed_until is not None and alert.snoozed_until > timezone.now()


def _record(alert: Alert, change: AlertChange, *, actor: Actor | None = None, **more: Any) -> None:
    """The event of CHANGE, in the alert's group or the platform's own."""
    told = {"alert": str(alert.pk), "name": alert.name, "change": change.value, "severity": alert.severity, "summary": alert.summary}
    numbers = {"value": alert.value, "threshold": alert.threshold}
    metadata = {**told, **{key: value for key, value in numbers.items() if value is not None}, **more}
    with acting(PLATFORM_SCOPE):
        event_record(alert.group or Group.objects.platform(), EVENT, actor=actor, metadata=metadata)
