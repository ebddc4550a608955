"""Plans side by side, and what another plan would mean for one group."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from ontology.models import Group
from quotas.admin.bars import LABELS, QuotaBar, quota_bar
from quotas.amounts import amount_text, noun_text
from quotas.choices import Metric
from quotas.models import Plan
from quotas.pricing import PlanPrice, annual_saving_percent, money_text
from quotas.services.plans import SimulatedMetric, Simulation, plan_of, plan_price, plan_simulate
from quotas.services.state import group_state

PLAN_LABELS = {**LABELS, Metric.API_CALLS: "API calls a month", Metric.RETENTION_DAYS: "Events kept at hand"}
"""Metrics as a plan promises them."""
ORDER = (Metric.USERS, Metric.STORAGE_GB, Metric.API_CALLS, Metric.THINGS, Metric.CONNECTIONS, Metric.RETENTION_DAYS)


@dataclass(frozen=True, slots=True)
class PlanColumn:
    """A plan of the pricing page."""

    title: str
    description: str
    price: str
    per: str
    note: str
    url: str
    lines: Sequence[tuple[str, str]]
    overage: Sequence[str]
    groups: str


@dataclass(frozen=True, slots=True)
class PlanChange:
    """A plan of a group's upgrade page: what changes, costs and breaks."""

    name: str
    title: str
    price: str
    yearly: str
    change: str
    estimate: str
    is_smaller: bool
    rows: Sequence[tuple[str, str, str, str]]
    """Metric, limit now, limit then, and `more`, `less`, `same`."""
    breaks: Sequence[str]


@dataclass(frozen=True, slots=True)
class UpgradePage:
    """The page of one group."""

    plan: str
    price: str
    bars: Sequence[QuotaBar]
    changes: Sequence[PlanChange]


def pricing_columns(*, yearly: bool) -> list[PlanColumn]:
    """Every offered plan with its price by month, or by year; three queries."""
    plans = Plan.objects.filter(active=True).prefetch_related("limits", "subscriptions")
    return [_column(plan, plan_price(plan), yearly=yearly) for plan in plans]


def _column(plan: Plan, price: PlanPrice, *, yearly: bool) -> PlanColumn:
    cents = price.annual_cents if yearly else price.monthly_cents
    saving = annual_saving_percent(price)
    note = f"{saving} % less than by the month" if yearly and saving else f"or {money_text(price.annual_cents)} a year" if price.annual_cents else ""
    count = len(plan.subscriptions.all())
    return PlanColumn(
        title=plan.title,
        description=plan.description,
        price=money_text(cents),
        per="" if cents is None else "a year" if yearly else "a month",
        note=note,
        url=reverse("admin:quotas_plan_change", args=[plan.name]),
        lines=[(PLAN_LABELS[metric], amount_text(metric, price.limits.get(metric))) for metric in ORDER],
        overage=[_lot_text(metric, unit, lot_cents) for metric, (unit, lot_cents) in price.overage.items()],
        groups=f"{count:,} {'group' if count == 1 else 'groups'}" + (" and those without a plan of their own" if plan.is_default else ""),
    )


def _lot_text(metric: str, unit: int, cents: int) -> str:
    noun = "person" if metric == Metric.USERS and unit == 1 else noun_text(metric, unit).removesuffix(" this month")
    return f"{money_text(cents)} for each {noun} more"


def upgrade_page(group: Group) -> UpgradePage:
    """The group's plan, and every other offered one beside it; some ten queries a plan."""
    current = plan_price(plan_of(group))
    names = Plan.objects.filter(active=True).exclude(name=current.name).values_list("name", flat=True)
    simulations = [plan_simulate(group, name) for name in names]
    bars = [quota_bar(each) for each in group_state(group).metrics]
    return UpgradePage(current.title, _price_text(current.monthly_cents), bars, [_change(each) for each in simulations])


def _price_text(cents: int | None) -> str:
    return money_text(cents) + ("" if cents is None else " a month")


def _change(simulation: Simulation) -> PlanChange:
    plan = simulation.plan
    rows = [
        (
            PLAN_LABELS[each.state.metric],
            amount_text(each.state.metric, each.state.limit),
            amount_text(each.state.metric, each.new_limit),
            _direction(each),
        )
        for each in simulation.metrics
    ]
    total = simulation.estimate.total_cents
    return PlanChange(
        name=plan.name,
        title=plan.title,
        price=_price_text(plan.monthly_cents),
        yearly="" if plan.annual_cents is None else f"{money_text(plan.annual_cents)} a year",
        change=_difference_text(simulation),
        estimate=""
        if total is None or not simulation.estimate.lines
        else f"{money_text(total)} a month at the present use, lots beyond the limits included",
        is_smaller=any(each.is_lower for each in simulation.metrics),
        rows=rows,
        breaks=[_breaks(each) for each in simulation.exceeded],
    )


def _difference_text(simulation: Simulation) -> str:
    found = simulation.difference
    if found is None:
        return "The price is agreed on."
    if found.monthly_cents == 0:
        return "It costs the same."
    words = "more" if found.monthly_cents > 0 else "less"
    return f"{money_text(abs(found.monthly_cents))} {words} a month, {money_text(abs(found.annual_cents))} {words} a year."


def _direction(each: SimulatedMetric) -> str:
    if each.new_limit == each.state.limit:
        return "same"
    return "less" if each.is_lower else "more"


def _breaks(each: SimulatedMetric) -> str:
    metric, since = each.state.metric, f", since {each.since:%Y-%m-%d}" if each.since else ""
    used, over = noun_text(metric, each.state.used), amount_text(metric, each.over)
    if metric == Metric.RETENTION_DAYS:
        return f"Events older than {amount_text(metric, each.new_limit)} would be archived; the oldest is {amount_text(metric, each.state.used)} old."
    return f"{used}, of which {over} would be over the limit of {amount_text(metric, each.new_limit)}{since}: what is there stays, more is refused."
