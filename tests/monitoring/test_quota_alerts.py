"""A quota that is crossed is told by the channels, once; and told when it has fallen back."""

import pytest

from monitoring.models import Alert
from monitoring.services.alerts import alerts_settle
from monitoring.services.quota_alerts import quota_events_observe
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Group, Person
from ontology.services.actor import PLATFORM
from ontology.services.limits import limits_settle
from quotas.services.plans import override_give
from quotas.services.thresholds import thresholds_check
from tests.factories import make_group, make_membership
from tests.monitoring.clocks import Clock

pytestmark = pytest.mark.django_db


def test_quota__crossed_and_fallen_back_is_one_episode(clock: Clock) -> None:
    with acting(PLATFORM_SCOPE):
        group = make_group()
        quota_events_observe()
        members = [make_membership(group) for _ in range(9)]
        override_give(group, "users", 10, "For the test", actor=PLATFORM)
        limits_settle()
        clock.passes(minutes=1)
        told = thresholds_check(Group.objects.filter(pk=group.pk))
        first, second = quota_events_observe(), quota_events_observe()
        opened = Alert.objects.get(group=group)
        for member in members[1:]:
            member.delete()
        limits_settle()
        clock.passes(minutes=1)
        thresholds_check(Group.objects.filter(pk=group.pk))
        quota_events_observe()
        clock.passes(minutes=11)
        alerts_settle()

    assert (told, first, second) == (1, 1, 1)
    assert (opened.name, opened.severity, opened.category, opened.times_seen) == ("quota users", "warning", "quotas", 2)
    assert opened.summary == "users: 9 of 10 are used (90.0 %)."
    assert list(Alert.objects.get(group=group).deliveries.order_by("id").values_list("change", flat=True)) == ["opened", "resolved"]
    assert Person.objects.exists()
