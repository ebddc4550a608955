"""May a group add so much? Asked before a write; the database decides at its COMMIT whatever was answered here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from ontology.errors import FieldRefused, QuotaExceeded
from ontology.models import Group
from quotas.amounts import amount_text, gigabytes, noun_text
from quotas.choices import Metric, Status
from quotas.models import Plan
from quotas.services.state import GroupState, MetricQuota, MetricState, group_quotas, group_state


@dataclass(frozen=True, slots=True)
class CreateCheck:
    """The answer of `check_can_create`; null limit and slots: unlimited. `utilization` is in percent, before what is asked for."""

    can_create: bool
    requested: int
    current: int
    limit: int | None
    available_slots: int | None
    utilization: float | None
    reason: str | None = None
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class StoreCheck:
    """The answer of `check_can_store`, in bytes; `available_gb` in decimal GB with two places."""

    can_store: bool
    requested: int
    current: int
    limit: int | None
    available_bytes: int | None
    available_gb: float | None
    utilization: float | None
    reason: str | None = None
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Enforcement:
    """The answer of `quota_enforce`, storage in bytes."""

    metric: str
    current: int
    requested: int
    limit: int | None
    available: int | None
    can_proceed: bool = True


@dataclass(frozen=True, slots=True)
class QuotaStatus:
    """The answer of `quota_status`."""

    group: str
    status: str
    metrics: Mapping[str, MetricQuota]
    warnings: Sequence[str]
    recommendations: Sequence[str]
    last_updated: datetime


def check_can_create(group: Group, metric: str, count: int = 1) -> CreateCheck:
    """Whether GROUP may add COUNT of METRIC now, and if not, why and what to do; two queries. Raises FieldRefused for an unknown metric or count."""
    demand_metric(metric)
    demand_amount("count", count)
    state = group_state(group)
    found = state.metric(metric)
    taken = _fits(found, count)
    told = () if taken else (_reason(group, found, count), suggestion_for(state, found, count))
    return CreateCheck(taken, count, found.used, found.limit, found.available, found.percent, *told)


def check_can_store(group: Group, amount: int) -> StoreCheck:
    """Whether GROUP may store AMOUNT more bytes now; two queries. Raises FieldRefused for a negative amount."""
    demand_amount("bytes", amount)
    state = group_state(group)
    found = state.metric(Metric.STORAGE_GB)
    taken = _fits(found, amount)
    told = () if taken else (_reason(group, found, amount), suggestion_for(state, found, amount))
    left = found.available
    return StoreCheck(taken, amount, found.used, found.limit, left, None if left is None else gigabytes(left), found.percent, *told)


def quota_enforce(group: Group, metric: str, amount: int = 1) -> Enforcement:
    """What is left of METRIC for AMOUNT more (storage in bytes). Raises QuotaExceeded when a hard limit leaves too little; two queries."""
    demand_metric(metric)
    demand_amount("amount", amount)
    state = group_state(group)
    found = state.metric(metric)
    if not _fits(found, amount):
        told: dict[str, Any] = {"group": group.slug, "metric": metric, "unit": "bytes" if metric == Metric.STORAGE_GB else "count"}
        told |= {"current": found.used, "limit": found.limit, "requested": amount, "suggestion": suggestion_for(state, found, amount)}
        raise QuotaExceeded(_reason(group, found, amount), told)
    return Enforcement(metric, found.used, amount, found.limit, found.available)


def quota_status(group: Group) -> QuotaStatus:
    """The group's health in one word, its metrics, warnings, and what is recommended; three queries at most."""
    state, quotas = group_state(group), group_quotas(group)
    word = "healthy" if state.worst is Status.OK else state.worst.value
    return QuotaStatus(group.slug, word, quotas.quotas, quotas.warnings, recommendations(state), timezone.now())


def recommendations(state: GroupState) -> list[str]:
    """What to do about each metric at a threshold; one query, none when there is none."""
    warned = state.warned
    if not warned:
        return []
    plans = larger_plans(state)
    return [_recommended(each, plans) for each in warned]


def _recommended(state: MetricState, plans: Sequence[Plan]) -> str:
    if state.metric == Metric.RETENTION_DAYS:
        return f"Archive events older than {amount_text(state.metric, state.limit)}."
    noun = noun_text(state.metric, state.limit, state.subject)
    words = "is reached" if state.status is Status.EXCEEDED else "is near"
    better = next((plan for plan in plans if _plan_fits(plan, state, 1)), None)
    return f"The limit of {noun} {words}: " + (f"change to {better.title}, or " if better else "") + "delete what is not needed."


def suggestion_for(state: GroupState, found: MetricState, amount: int) -> str:
    """What would make room for AMOUNT more: the smallest plan that has it; one query."""
    better = next((plan for plan in larger_plans(state) if _plan_fits(plan, found, amount)), None)
    rest = "delete what is not needed, or ask for a higher limit."
    return f"The plan {better.title} has room for it. Otherwise {rest}" if better else rest.capitalize()


def larger_plans(state: GroupState) -> list[Plan]:
    """The offered plans above that of STATE, the smallest first, with their limits; two queries."""
    plans = list(Plan.objects.filter(active=True).prefetch_related("limits"))
    names = [plan.name for plan in plans]
    return plans[names.index(state.plan) + 1 :] if state.plan in names else plans


def _plan_fits(plan: Plan, state: MetricState, amount: int) -> bool:
    if state.subject:
        return False
    limits = [limit for limit in plan.limits.all() if limit.metric == state.metric and limit.per == "group" and not limit.span]
    return bool(limits) and (limits[0].value is None or limits[0].value >= state.used + amount)


def _fits(state: MetricState, amount: int) -> bool:
    return not state.is_hard or state.available is None or amount <= state.available


def _reason(group: Group, state: MetricState, amount: int) -> str:
    held = f", {amount_text(state.metric, state.held)} of it reserved by runs" if state.held else ""
    used = amount_text(state.metric, state.used + state.held)
    return f"The group {group.slug} uses {used} of {noun_text(state.metric, state.limit)}{held}; {amount_text(state.metric, amount)} more would exceed the limit."


def demand_metric(metric: str) -> None:
    """Raises FieldRefused for a word that is no metric."""
    if metric not in Metric.values:
        raise FieldRefused("metric", f"metric must be one of {', '.join(Metric.values)}, not {metric[:60]!r}.")


def demand_amount(name: str, amount: int) -> None:
    """Raises FieldRefused for a negative amount."""
    if amount < 0:
        raise FieldRefused(name, f"{name} must be 0 or more, not {amount}.")
