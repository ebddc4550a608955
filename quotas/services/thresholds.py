"""Thresholds: one event for each that a metric crosses in a month, and one when it falls back."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from ontology.models import Group
from ontology.services.record import event_record
from quotas.choices import Status
from quotas.models import Crossing
from quotas.services.state import SERIOUS, GroupState, MetricState, groups_state

LEVELS = (Status.WARNING, Status.CRITICAL, Status.EXCEEDED)
GROUPS_A_QUERY = 500


def thresholds_check(groups: Iterable[Group]) -> int:
    """Tells what has crossed a threshold or fallen back since the last check; how many events it wrote. A query for 500 groups, more for events.

    Each level is told once for a metric in a calendar month (UTC), however often it is crossed: events `quota_warning` (warning and critical) and
    `quota_exceeded`; the way back is `quota_warning` with `cleared`. Monitoring makes alerts of them.
    """
    chosen, told = list(groups), 0
    for first in range(0, len(chosen), GROUPS_A_QUERY):
        part = {group.pk: group for group in chosen[first : first + GROUPS_A_QUERY]}
        open_ones = _open_crossings(part)
        for group_id, state in groups_state(part).items():
            told += _group_check(part[group_id], state, open_ones.get(group_id, []))
    return told


def _open_crossings(groups: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[Crossing]]:
    found: dict[uuid.UUID, list[Crossing]] = {}
    for row in Crossing.objects.filter(group__in=list(groups), cleared_at__isnull=True):
        found.setdefault(row.group_id, []).append(row)
    return found


def _group_check(group: Group, state: GroupState, open_ones: list[Crossing]) -> int:
    month = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    told = 0
    for each in state.metrics:
        mine = [row for row in open_ones if (row.metric, row.subject) == (each.metric, each.subject)]
        reached = LEVELS[: LEVELS.index(each.status) + 1] if each.status in SERIOUS else ()
        known = {row.level for row in mine if row.period_start == month}
        for level in reached:
            if level not in known:
                told += _crossed(group, each, level, month, is_top=level == each.status)
        fallen = [row for row in mine if row.level not in reached]
        if fallen:
            told += _fallen(group, each, fallen)
    return told


def _crossed(group: Group, state: MetricState, level: Status, month: datetime, *, is_top: bool) -> int:
    """Writes the crossing once; only the highest of several levels passed at once is told."""
    with transaction.atomic():
        _, made = Crossing.objects.get_or_create(
            group=group,
            metric=state.metric,
            subject=state.subject,
            period_start=month,
            level=level,
            defaults={"value": state.used, "limit": state.limit or 0},
        )
        if made and is_top:
            kind = "quota_exceeded" if level is Status.EXCEEDED else "quota_warning"
            event_record(group, kind, metadata={"level": level.value, **_told(state)})
    return int(made and is_top)


def _fallen(group: Group, state: MetricState, rows: list[Crossing]) -> int:
    with transaction.atomic():
        Crossing.objects.filter(pk__in=[row.pk for row in rows]).update(cleared_at=timezone.now())
        event_record(group, "quota_warning", metadata={"level": state.status.value, "cleared": sorted({row.level for row in rows}), **_told(state)})
    return 1


def _told(state: MetricState) -> dict[str, object]:
    return {"metric": state.metric, "subject": state.subject, "current": state.used, "limit": state.limit, "percentUsed": state.percent}
