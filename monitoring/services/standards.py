"""Which thresholds hold for a group: its own, else its plan's, else the shipped ones."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping

from monitoring.models import QualityThreshold
from monitoring.services.quality import QualityMetrics
from monitoring.thresholds import SHIPPED, Standing, Threshold, worst
from ontology.models import Group
from quotas.models import Plan, Subscription

type Standards = Mapping[str, Threshold]
"""A threshold for each metric."""


def standards_by_group(groups: Iterable[Group]) -> dict[uuid.UUID | None, Standards]:
    """The thresholds of each of GROUPS, and under None those of the platform, which are the shipped ones; three queries."""
    keys = [group.pk for group in groups]
    of_group: dict[uuid.UUID, dict[str, Threshold]] = defaultdict(dict)
    of_plan: dict[str, dict[str, Threshold]] = defaultdict(dict)
    for row in QualityThreshold.objects.all():
        found = Threshold(row.healthy, row.warning, SHIPPED[row.metric].higher_is_better)
        if row.group_id is not None:
            of_group[row.group_id][row.metric] = found
        elif row.plan_id is not None:
            of_plan[row.plan_id][row.metric] = found
    usual = Plan.objects.filter(is_default=True).values_list("name", flat=True).first() or ""
    plans = dict(Subscription.objects.filter(group_id__in=keys).values_list("group_id", "plan_id")) if of_plan else {}
    made: dict[uuid.UUID | None, Standards] = {key: {**SHIPPED, **of_plan.get(plans.get(key, usual), {}), **of_group.get(key, {})} for key in keys}
    return {**made, None: SHIPPED}


def standings(metrics: QualityMetrics, standards: Standards = SHIPPED) -> dict[str, Standing]:
    """How each metric stands."""
    return {name: standards[name].standing(value) for name, value in metrics.values.items()}


def standing_of(metrics: QualityMetrics, standards: Standards = SHIPPED) -> Standing:
    """The worst of all metrics."""
    return worst(list(standings(metrics, standards).values()))
