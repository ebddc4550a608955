"""The plans of the shipped demo, at fills worth looking at."""

from ontology.models import Group
from ontology.services.actor import Actor
from quotas.choices import Metric
from quotas.models import Override, Subscription
from quotas.services.plans import override_give, plan_change
from quotas.services.recording import periods_close

PLAN = "pro"
LIMITS: dict[str, tuple[tuple[str, int, bool], ...]] = {
    "cdnow-sample": ((Metric.THINGS, 2_400, True), (Metric.CONNECTIONS, 2_900, True)),
    "netbox": ((Metric.CONNECTIONS, 2_600, False),),
}
"""Overrides by group: metric, limit, and whether it refuses."""
REASON = "The demo shows limits that are near."


def demo_group_prepare(group: Group, *, actor: Actor) -> None:
    """Puts a group of the demo on a plan that its data fit, before they are loaded. Twice is once."""
    if not Subscription.objects.filter(group=group).exists():
        plan_change(group, PLAN, actor=actor)


def demo_group_finish(group: Group, *, actor: Actor) -> None:
    """Gives a loaded group of the demo limits that it nearly fills, and begins its history. Twice is once."""
    if Override.objects.filter(group=group, reason=REASON).exists():
        return
    for metric, value, is_hard in LIMITS.get(group.slug, ()):
        override_give(group, metric, value, REASON, is_hard=is_hard, actor=actor)
    periods_close([group.pk])
