"""Where groups stand: every metric beside its limit, in one query whatever the groups hold."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from ontology.models import Group
from quotas.amounts import amount_text, noun_text, percent_used, retention_status, shown_value, status_of
from quotas.choices import Metric, Status
from quotas.sql import statement

SERIOUS = (Status.EXCEEDED, Status.CRITICAL, Status.WARNING)
"""What people are warned of, the worst first."""


@dataclass(frozen=True, slots=True)
class MetricState:
    """One metric of a group: `used` and `held` of `limit` (null: none), storage in bytes, retention in days. Blank `subject`: of the whole group."""

    metric: str
    subject: str
    used: int
    held: int
    limit: int | None
    is_hard: bool
    warning_percent: int
    critical_percent: int
    timestamp: datetime | None

    @property
    def status(self) -> Status:
        """How near to the limit it is."""
        if self.metric == Metric.RETENTION_DAYS:
            return retention_status(self.used, self.limit)
        return status_of(self.used, self.limit, self.warning_percent, self.critical_percent)

    @property
    def percent(self) -> float | None:
        """How much is used, in percent with one place; None without a limit."""
        return percent_used(self.used, self.limit)

    @property
    def available(self) -> int | None:
        """What may still be added; what runs hold is not; None without a limit."""
        return None if self.limit is None else max(0, self.limit - self.used - self.held)

    @property
    def name(self) -> str:
        """The metric, and the subject where it is about one."""
        return f"{self.metric} {self.subject}".strip()

    @property
    def sentence(self) -> str:
        """Where it stands, in words."""
        noun = noun_text(self.metric, self.used, self.subject)
        return f"{noun} of {amount_text(self.metric, self.limit)} used ({self.percent} %)." if self.limit is not None else f"{noun}, unlimited."


@dataclass(frozen=True, slots=True)
class GroupState:
    """A group's plan and all its metrics."""

    group_id: uuid.UUID
    plan: str
    plan_title: str
    metrics: Sequence[MetricState]

    def metric(self, name: str, subject: str = "") -> MetricState:
        """One of the metrics. Raises KeyError for one that is not counted."""
        for state in self.metrics:
            if (state.metric, state.subject) == (name, subject):
                return state
        raise KeyError(name)

    @property
    def warned(self) -> list[MetricState]:
        """The metrics at or over a threshold, the worst first."""
        found = [state for state in self.metrics if state.status in SERIOUS]
        return sorted(found, key=lambda state: (SERIOUS.index(state.status), -(state.percent or 0)))

    @property
    def fullest(self) -> float:
        """The percentage of the metric that is nearest to its limit, retention aside; -1 when nothing is limited."""
        return max((state.percent for state in self.metrics if state.percent is not None and state.metric != Metric.RETENTION_DAYS), default=-1.0)

    @property
    def worst(self) -> Status:
        """The status of the worst metric; OK when nothing is near a limit."""
        warned = self.warned
        return warned[0].status if warned else Status.OK


def groups_state(group_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, GroupState]:
    """Where each of the groups stands, as far as they are in scope; one query."""
    with connection.cursor() as cursor:
        cursor.execute(statement("group_usage"), {"groups": list(group_ids)})
        rows = cursor.fetchall()
    found: dict[uuid.UUID, tuple[str, str, list[MetricState]]] = {}
    for group_id, plan, title, warning, critical, metric, subject, used, held, limit, hard, _, timestamp in rows:
        at = (warning or settings.QUOTA_WARNING_PERCENT, critical or settings.QUOTA_CRITICAL_PERCENT)
        state = MetricState(metric, subject, used, held, limit, bool(hard), *at, timestamp)
        found.setdefault(group_id, (plan or "", title or "", []))[2].append(state)
    return {group_id: GroupState(group_id, *parts) for group_id, parts in found.items()}


def group_state(group: Group) -> GroupState:
    """Where GROUP stands; one query."""
    return groups_state([group.pk])[group.pk]


@dataclass(frozen=True, slots=True)
class MetricQuota:
    """A metric of `group_quotas`; storage in decimal GB with two places."""

    current: int | float
    limit: int | float | None
    percent_used: float | None
    status: str


@dataclass(frozen=True, slots=True)
class Summary:
    """How many metrics are at which threshold; `all_ok` when none is."""

    all_ok: bool
    warning_count: int
    critical_count: int
    exceeded_count: int


@dataclass(frozen=True, slots=True)
class GroupQuotas:
    """The answer of `group_quotas`."""

    group_id: str
    plan: str
    quotas: Mapping[str, MetricQuota]
    warnings: Sequence[str]
    summary: Summary


def group_quotas(group: Group) -> GroupQuotas:
    """Every metric of GROUP beside its limit, and a sentence for each at a threshold; one query, in the same time however much the group holds."""
    state = group_state(group)
    quotas = {
        each.name: MetricQuota(shown_value(each.metric, each.used) or 0, shown_value(each.metric, each.limit), each.percent, each.status.value)
        for each in state.metrics
    }
    counts = {status: sum(each.status is status for each in state.metrics) for status in SERIOUS}
    summary = Summary(not any(counts.values()), counts[Status.WARNING], counts[Status.CRITICAL], counts[Status.EXCEEDED])
    return GroupQuotas(str(group.pk), state.plan, quotas, [f"{each.status.label}: {each.sentence}" for each in state.warned], summary)
