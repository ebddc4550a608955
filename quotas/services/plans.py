"""Plans: the shipped ones, who is on which, and overrides for one group."""

from django.db import transaction

from quotas.models import Plan, PlanLimit
from quotas.shipped import DEFAULT, PLANS


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
