"""Plans: the shipped ones, who is on which, what another would mean, and overrides for one group."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from ontology.errors import FieldRefused
from ontology.models import Group
from ontology.services.actor import Actor
from ontology.services.record import event_record
from quotas.choices import Metric, Per, Period
from quotas.models import Override, Plan, PlanLimit, Subscription, Usage
from quotas.pricing import Difference, Estimate, PlanPrice, difference, estimate
from quotas.services.checking import demand_metric
from quotas.services.state import MetricState, group_state
from quotas.shipped import DEFAULT, PLANS


class PlanUnknown(FieldRefused):
    """A word that is no plan, or one that is not offered any more."""

    code = "plan_unknown"

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        super().__init__("plan", f"There is no plan {name[:60]!r}; known are {', '.join(known)}.")


def plans_ship() -> int:
    """Adds the shipped plans that are missing; how many. Plans that are there stay as staff have made them."""
    there, added = set(Plan.objects.values_list("name", flat=True)), 0
    has_default = Plan.objects.filter(is_default=True).exists()
    with transaction.atomic():
        for shipped in PLANS:
            if shipped.name in there:
                continue
            monthly, annual = shipped.cents or (None, None)
            plan = Plan.objects.create(
                name=shipped.name,
                title=shipped.title,
                description=shipped.description,
                position=shipped.position,
                monthly_cents=monthly,
                annual_cents=annual,
                is_default=shipped.name == DEFAULT and not has_default,
            )
            for metric, value in shipped.limits.items():
                unit, cents = shipped.overage.get(metric, (None, None))
                PlanLimit.objects.create(plan=plan, metric=metric, value=value, overage_unit=unit, overage_cents=cents)
            added += 1
    return added


def plan_find(name: str) -> Plan:
    """The plan NAME with its limits; two queries. Raises PlanUnknown."""
    plans = {plan.name: plan for plan in Plan.objects.prefetch_related("limits")}
    if name not in plans:
        raise PlanUnknown(name, list(plans))
    return plans[name]


def plan_of(group: Group) -> Plan:
    """The plan that GROUP is on: its own, else the default one. Two queries at most."""
    own = Plan.objects.filter(subscriptions__group=group).first()
    return own or Plan.objects.get(is_default=True)


def plans_by_slug(slugs: Iterable[str]) -> dict[str, tuple[str, int | None]]:
    """Of the groups SLUGS that are there, the title of the plan and its price in US cents a month (None: agreed on); two queries."""
    default = Plan.objects.get(is_default=True)
    own = Group.objects.filter(slug__in=slugs).values_list("slug", "subscription__plan__title", "subscription__plan__monthly_cents")
    return {slug: (title, cents) if title else (default.title, default.monthly_cents) for slug, title, cents in own}


def plan_price(plan: Plan) -> PlanPrice:
    """PLAN as the rules of prices see it: plain numbers. No query for a plan with its limits."""
    own = [limit for limit in plan.limits.all() if limit.per == Per.GROUP and not limit.span]
    overage = {limit.metric: (limit.overage_unit, limit.overage_cents) for limit in own if limit.overage_unit and limit.overage_cents is not None}
    limits = {limit.metric: limit.value for limit in own}
    ordered = {metric: limits.get(metric) for metric in Metric.values}
    return PlanPrice(plan.name, plan.title, plan.monthly_cents, plan.annual_cents, ordered, overage)


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A plan above the current one; `upgrade` is what it costs more, None where a price is agreed on."""

    price: PlanPrice
    upgrade: Difference | None


@dataclass(frozen=True, slots=True)
class UpgradePricing:
    """The answer of `upgrade_pricing`, in integer US cents."""

    current: PlanPrice
    upgrades: Sequence[Upgrade]


def upgrade_pricing(name: str) -> UpgradePricing:
    """The plan NAME and the offered plans above it, with what each costs more; two queries. Raises PlanUnknown."""
    current = plan_price(plan_find(name))
    above = Plan.objects.filter(active=True, position__gt=Plan.objects.filter(name=name).values("position")).prefetch_related("limits")
    prices = [plan_price(plan) for plan in above]
    return UpgradePricing(current, [Upgrade(price, difference(current, price)) for price in prices])


def plan_change(group: Group, name: str, *, actor: Actor | None = None) -> Plan:
    """Puts GROUP on the plan NAME, with one event `plan_changed` {from, to}; nothing when it is on it already.

    Rows over a smaller limit stay, and new ones are refused. Who commits a change of the group's usage waits for this transaction. Raises PlanUnknown.
    """
    plan = plan_find(name)
    with transaction.atomic():
        before = Subscription.objects.select_for_update().filter(group=group).first()
        old = before.plan_id if before else Plan.objects.get(is_default=True).name
        if before is not None and old == plan.name:
            return plan
        Subscription.objects.update_or_create(group=group, defaults={"plan": plan, "since": timezone.now()})
        event_record(group, "plan_changed", actor=actor, metadata={"from": old, "to": plan.name})
    return plan


@dataclass(frozen=True, slots=True)
class SimulatedMetric:
    """One metric on another plan: `over` is what is used beyond its limit, `since` the first day of the days on end that were so."""

    state: MetricState
    new_limit: int | None
    over: int
    since: datetime | None

    @property
    def is_lower(self) -> bool:
        """Whether the other plan allows less."""
        now = self.state.limit
        return self.new_limit is not None and (now is None or self.new_limit < now)


@dataclass(frozen=True, slots=True)
class Simulation:
    """What another plan would mean for a group: limits, what would be exceeded and since when, and the price of a month at its present use."""

    plan: PlanPrice
    current: PlanPrice
    metrics: Sequence[SimulatedMetric]
    estimate: Estimate
    difference: Difference | None

    @property
    def exceeded(self) -> list[SimulatedMetric]:
        """What would be over its limit."""
        return [each for each in self.metrics if each.over > 0]


def plan_simulate(group: Group, name: str) -> Simulation:
    """What the plan NAME would mean for GROUP, on its recorded usage; nothing is changed. Some eight queries. Raises PlanUnknown."""
    price, current, state = plan_price(plan_find(name)), plan_price(plan_find(plan_of(group).name)), group_state(group)
    own = [each for each in state.metrics if not each.subject]
    metrics = [_simulated(group, each, price.limits.get(each.metric)) for each in own]
    return Simulation(price, current, metrics, estimate(price, {each.metric: each.used for each in own}), difference(current, price))


def _simulated(group: Group, state: MetricState, limit: int | None) -> SimulatedMetric:
    if limit is None or state.used <= limit:
        return SimulatedMetric(state, limit, 0, None)
    days = Usage.objects.filter(group=group, metric=state.metric, subject="", period=Period.DAILY).order_by("-period_start")
    within = days.filter(value__lte=limit).values_list("period_end", flat=True).first()
    first = days.filter(value__gt=limit, **({"period_start__gte": within} if within else {})).values_list("period_start", flat=True).last()
    return SimulatedMetric(state, limit, state.used - limit, first)


def override_give(
    group: Group,
    metric: str,
    value: int | None,
    reason: str,
    *,
    is_hard: bool = True,
    per: str = Per.GROUP,
    type_name: str = "",
    span: str = "",
    starts_at: datetime | None = None,
    expires_at: datetime | None = None,
    actor: Actor | None = None,
) -> Override:
    """Another limit for GROUP (storage in bytes, None: unlimited) from STARTS_AT, now unless said, until EXPIRES_AT, with one event.

    Raises FieldRefused for a missing reason, an unknown metric, or an end that is past.
    """
    demand_metric(metric)
    now = timezone.now()
    if not reason.strip():
        raise FieldRefused("reason", "An override needs a reason: who reads the limit next year wants to know why.")
    if value is not None and value < 0:
        raise FieldRefused("value", "A limit is 0 or more; leave it empty for unlimited.")
    if expires_at is not None and expires_at <= max(now, starts_at or now):
        raise FieldRefused("expires_at", "An override ends after it begins, and in the future.")
    if per == Per.TYPE and (metric != Metric.THINGS or not type_name):
        raise FieldRefused("type_name", "A limit for one type is a limit of things, and names the type.")
    if (span or per == Per.PERSON) and metric != Metric.API_CALLS:
        raise FieldRefused("metric", "Windows, and limits for each person, are limits of API calls.")
    key = {"metric": metric, "per": per, "type_name": type_name, "span": span}
    with transaction.atomic():
        row = Override.objects.create(
            group=group,
            **key,
            value=value,
            is_hard=is_hard,
            reason=reason.strip(),
            given_by=actor.person if actor else None,
            starts_at=starts_at or now,
            expires_at=expires_at,
        )
        ends = expires_at.isoformat() if expires_at else None
        told = {**key, "to": value, "isHard": is_hard, "reason": row.reason, "startsAt": row.starts_at.isoformat(), "expiresAt": ends}
        event_record(group, "settings_updated", actor=actor, metadata={"change": "quota_override_given", "overrideId": str(row.pk), **told})
    return row


def override_end(override: Override, *, actor: Actor | None = None) -> Override:
    """Ends an override now, with one event; nothing when it has ended already."""
    now = timezone.now()
    with transaction.atomic():
        row: Override = Override.objects.select_for_update(of=("self",)).select_related("group").get(pk=override.pk)
        if row.expires_at is not None and row.expires_at <= now:
            return row
        row.starts_at, row.expires_at = min(row.starts_at, now), now
        row.save(update_fields=["starts_at", "expires_at"])
        told = {"change": "quota_override_ended", "overrideId": str(row.pk), "metric": row.metric, "from": row.value}
        event_record(row.group, "settings_updated", actor=actor, metadata=told)
    return row
