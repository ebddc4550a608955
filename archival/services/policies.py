"""What holds for a group: its own policy, else its plan's, else the platform's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from archival.choices import Encryption
from archival.models import ArchivePolicy
from ontology.models import Group
from ontology.services.actor import Actor
from ontology.services.record import event_record
from quotas.choices import Metric
from quotas.services.state import group_state

POLICY_FIELDS = ("hot_days", "keeps_hot", "retention_days", "keeps_cold", "encryption")


@dataclass(frozen=True, slots=True)
class Rules:
    """How long events of a group stay hot, and its cold ones at all, in days (None: for ever), who says so, and how objects are encrypted."""

    hot_days: int | None
    hot_by: str
    retention_days: int | None
    retention_by: str
    encryption: str

    def cutoff(self, now: datetime) -> datetime | None:
        """The moment before which events move; None where none does."""
        return None if self.hot_days is None else now - timedelta(days=self.hot_days)

    def expiry(self, youngest: datetime) -> datetime | None:
        """When an object whose YOUNGEST event is of that moment may be deleted; None: never."""
        return None if self.retention_days is None else youngest + timedelta(days=self.retention_days)


def rules_of(group: Group, policy: ArchivePolicy | None = None) -> Rules:
    """What holds for GROUP, or would under POLICY; one query for each of policy and plan."""
    if policy is None:
        policy = ArchivePolicy.objects.filter(group=group).first() or ArchivePolicy(group=group)
    hot_days, hot_by = _hot(group, policy)
    if policy.keeps_cold:
        retention, retention_by = None, "policy"
    elif policy.retention_days is not None:
        retention, retention_by = policy.retention_days, "policy"
    else:
        retention, retention_by = settings.ARCHIVE_RETENTION_DAYS, "platform"
    return Rules(hot_days, hot_by, retention, retention_by, policy.encryption or Encryption.NONE)


def _hot(group: Group, policy: ArchivePolicy) -> tuple[int | None, str]:
    if policy.keeps_hot:
        return None, "policy"
    if policy.hot_days is not None:
        return policy.hot_days, "policy"
    planned = plan_hot_days(group)
    if planned is not None and planned <= settings.ARCHIVE_HOT_DAYS:
        return planned, "plan"
    return settings.ARCHIVE_HOT_DAYS, "platform"


def plan_hot_days(group: Group) -> int | None:
    """The limit `events_retention_days` of the group's plan, or of an override of it; None: unlimited. One query."""
    return group_state(group).metric(Metric.RETENTION_DAYS).limit


def policy_set(group: Group, changes: Mapping[str, Any], *, actor: Actor) -> ArchivePolicy:
    """Changes the policy of GROUP (made where there is none) and leaves an event with what changed, from and to; four queries."""
    with transaction.atomic():
        policy, _ = ArchivePolicy.objects.select_for_update().get_or_create(group=group)
        old = {name: getattr(policy, name) for name in POLICY_FIELDS}
        for name in POLICY_FIELDS:
            setattr(policy, name, changes.get(name, old[name]))
        changed = {name: getattr(policy, name) for name in POLICY_FIELDS if getattr(policy, name) != old[name]}
        if changed:
            policy.save()
            told = {"change": "archive_policy", "old": {name: old[name] for name in changed}, "new": changed}
            event_record(group, "settings_updated", actor=actor, metadata=told)
    return policy
