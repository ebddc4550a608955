"""One pass of checks over the data: how many rows each finds, by group, and some of them."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from monitoring.checks.broken import Ask, Broken
from monitoring.checks.check import Check
from monitoring.checks.registry import CHECKS
from monitoring.checks.running import broken_by_group, broken_page, checked
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Group

type Counts = Mapping[uuid.UUID | None, int]
"""Broken rows by group; None: those of no group."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a pass found: by check the counts, and at most so many rows as were asked for."""

    at: datetime
    group_id: uuid.UUID | None
    counts: Mapping[str, Counts]
    rows: Mapping[str, list[Broken]] = field(default_factory=dict)

    def total(self, check: str, group_id: uuid.UUID | None = None) -> int:
        """How many rows of CHECK are broken, of one group or in all."""
        counts = self.counts.get(check, {})
        return sum(counts.values()) if group_id is None else counts.get(group_id, 0)


def survey(
    checks: Iterable[Check] = CHECKS,
    *,
    group: Group | None = None,
    limit: int = 0,
    since: datetime | None = None,
    each: Callable[[Check, Ask], object] | None = None,
) -> Survey:
    """Runs CHECKS over GROUP, or over everything, each in a transaction of its own; EACH is called inside it, while the stage holds what was found.

    The whole platform is looked at whatever the caller's scope, since a row that refers to another group is seen from neither alone.
    """
    ask = Ask(group.pk if group else None, timezone.now(), since)
    counts: dict[str, Counts] = {}
    found: dict[str, list[Broken]] = {}
    with acting(PLATFORM_SCOPE):
        for check in checks:
            with checked(check, ask):
                counts[check.name] = broken_by_group()
                found[check.name] = broken_page(limit) if limit and counts[check.name] else []
                if each is not None:
                    each(check, ask)
    return Survey(ask.now, ask.group_id, counts, found)
