"""Findings: written by checks, worked on by people."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from monitoring.checks.broken import Ask
from monitoring.checks.check import Check
from monitoring.checks.registry import CHECKS
from monitoring.choices import FindingState
from monitoring.models import Finding
from monitoring.services.surveying import Survey, survey
from monitoring.sql import rows
from ontology.models import Group, Person
from ontology.services.actor import Actor
from ontology.services.record import event_record

EVENT = "monitoring_alert"
ACTED_AT_ONCE = 1_000
"""Findings that one act of a person may be about."""


@dataclass(frozen=True, slots=True)
class Written:
    """How many findings a check opened, saw again and resolved."""

    opened: int
    seen: int
    resolved: int

    def __add__(self, other: "Written") -> "Written":
        return Written(self.opened + other.opened, self.seen + other.seen, self.resolved + other.resolved)


def findings_write(check: Check, ask: Ask) -> Written:
    """Makes findings of what CHECK has in the stage; those that it finds no more are resolved, but events only after a look at all of them. One query."""
    told = {"rule": check.name, "severity": check.severity.value, "now": ask.now, "group": ask.group_id, "whole": ask.since is None}
    ((opened, seen, resolved),) = rows("findings_write", told)
    return Written(opened, seen, resolved)


def check_and_write(checks: Iterable[Check] = CHECKS, *, group: Group | None = None, since: datetime | None = None) -> tuple[Survey, Written]:
    """Runs CHECKS and writes what they find, each in a transaction of its own; safe to repeat."""
    written: list[Written] = []
    found = survey(checks, group=group, since=since, each=lambda check, ask: written.append(findings_write(check, ask)))
    return found, sum(written, Written(0, 0, 0))


def findings_acknowledge(findings: Iterable[Finding], *, actor: Actor) -> int:
    """Says that ACTOR has seen them; how many were open. One event a group."""
    changes = {"state": FindingState.ACKNOWLEDGED, "acknowledged_at": timezone.now(), "acknowledged_by": actor.person}
    return _changed(findings, (FindingState.OPEN,), changes, actor, change="acknowledged")


def findings_assign(findings: Iterable[Finding], owner: Person | None, *, actor: Actor) -> int:
    """Makes OWNER (None: nobody) answer for them; how many are not resolved. One event a group."""
    return _changed(findings, _UNRESOLVED, {"owner": owner}, actor, change="assigned", owner=str(owner.pk) if owner else None)


def findings_snooze(findings: Iterable[Finding], until: datetime | None, *, actor: Actor) -> int:
    """Keeps them out of the lists of what waits until then (None: brings them back); how many are not resolved. One event a group."""
    told = until.isoformat() if until else None
    return _changed(findings, _UNRESOLVED, {"snoozed_until": until}, actor, change="snoozed", until=told)


_UNRESOLVED = (FindingState.OPEN, FindingState.ACKNOWLEDGED)


def _changed(
    findings: Iterable[Finding], states: Sequence[FindingState], changes: dict[str, object], actor: Actor, *, change: str, **more: object
) -> int:
    keys = [finding.pk for finding in findings][:ACTED_AT_ONCE]
    changed = 0
    with transaction.atomic():
        held = Finding.objects.select_for_update(of=("self",)).filter(pk__in=keys, state__in=states).order_by("id").values_list("group_id", "pk")
        by_group: dict[uuid.UUID | None, list[str]] = {}
        for group_id, key in list(held):
            by_group.setdefault(group_id, []).append(str(key))
        for owner_id, ids in by_group.items():
            changed += Finding.objects.filter(pk__in=ids).update(**changes)
            group = (Group.objects.filter(pk=owner_id).first() if owner_id else None) or Group.objects.platform()
            event_record(group, EVENT, actor=actor, metadata={"change": f"findings_{change}", "findings": ids, **more})
    return changed
