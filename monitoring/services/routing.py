"""Who is told what: the channels and the owner of an alert, and how long their quiet hours make a message wait."""

from datetime import datetime

from monitoring.choices import AlertChange, ChannelKind, Covers, Severity
from monitoring.models import Alert, Channel, PersonHours
from monitoring.models.channel import QuietHours
from monitoring.quiet import quiet_end
from monitoring.sql import rows
from ontology.models import Person

_TO_THOSE_WHO_KNOW = frozenset({AlertChange.ACKNOWLEDGED, AlertChange.RESOLVED})
"""Told to the channels that heard of the episode, whatever their rules say by now."""
_FOR_PROGRAMS = frozenset({ChannelKind.LOG, ChannelKind.PAGERDUTY, ChannelKind.WEBHOOK})
"""Kinds that hear of acknowledgements too: people in a room would be told twice."""
_TO_CHANNELS = _TO_THOSE_WHO_KNOW | {AlertChange.OPENED, AlertChange.ESCALATED, AlertChange.REMINDED}


def channels_for(alert: Alert, change: AlertChange) -> list[Channel]:
    """The enabled channels that hear of CHANGE; two queries at most."""
    if change not in _TO_CHANNELS:
        return []
    enabled = Channel.objects.filter(enabled=True)
    if change in _TO_THOSE_WHO_KNOW:
        told = enabled.filter(deliveries__alert=alert).distinct()
        return [channel for channel in told if change is AlertChange.RESOLVED or channel.kind in _FOR_PROGRAMS]
    line = {row[0] for row in rows("group_line", {"group": alert.group_id})} if alert.group_id else set()
    return [channel for channel in enabled if _listens(channel, alert) and _covers(channel, alert, line)]


def _listens(channel: Channel, alert: Alert) -> bool:
    is_bad_enough = Severity(alert.severity).rank >= Severity(channel.min_severity).rank
    return is_bad_enough and (not channel.categories or alert.category in channel.categories)


def _covers(channel: Channel, alert: Alert, line: set[object]) -> bool:
    if channel.covers == Covers.GROUP:
        return channel.group_id in line
    return channel.covers == Covers.ALL or alert.group_id is None


def owner_for(alert: Alert, change: AlertChange) -> Person | None:
    """The owner of ALERT, when CHANGE is told to them by e-mail."""
    is_told = change in {AlertChange.ASSIGNED, AlertChange.ESCALATED, AlertChange.REMINDED, AlertChange.RESOLVED}
    return alert.owner if is_told and alert.owner is not None and alert.owner.email else None


def held_until(hours: QuietHours | None, severity: Severity, now: datetime) -> datetime | None:
    """Until when HOURS make a message of SEVERITY wait; None: it goes at once."""
    if hours is None or severity.rank >= Severity(hours.quiet_passes).rank:
        return None
    return quiet_end(hours.quiet_from, hours.quiet_until, hours.time_zone, now)


def hours_of(person: Person) -> PersonHours | None:
    """The quiet hours of PERSON; one query."""
    return PersonHours.objects.filter(person=person).first()
