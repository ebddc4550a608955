"""What runs reserve is held for them, given back, and never counted twice."""

from collections.abc import Callable

import pytest
from django.db import transaction

from ontology.errors import QuotaExceeded
from ontology.models import Group, Run
from ontology.services.limits import limits_settle, within_limits
from quotas.models import Usage
from tests.factories import make_group, make_run, make_thing

pytestmark = pytest.mark.django_db


def usage(group: Group) -> tuple[int, int]:
    """Used and held things."""
    limits_settle()
    row = Usage.objects.get(group=group, metric="entities_total")
    return row.value, row.held


def reserving(group: Group, count: int) -> Run:
    return make_run(group=group, state="running", reserved={"entities_total": count, "unknown": 5})


def test_reservation__leaves_room_for_its_run_alone() -> None:
    group = make_group(plan="starter")
    run = reserving(group, 98)
    make_thing(group)
    make_thing(group)
    assert usage(group) == (2, 98)

    with pytest.raises(QuotaExceeded, match="uses 100 of 100 things"):
        settled(lambda: make_thing(group))

    with transaction.atomic():
        for _ in range(10):
            make_thing(group)
        Run.objects.filter(pk=run.pk).update(reserved={"entities_total": 88})
    assert usage(group) == (12, 88)


def settled(act: Callable[[], object]) -> None:
    """ACT as far as COMMIT would check it."""
    with within_limits():
        act()


def test_reservation__of_a_run_that_ends_is_free_again() -> None:
    group = make_group(plan="starter")
    run = reserving(group, 50)
    assert usage(group) == (0, 50)

    Run.objects.filter(pk=run.pk).update(state="failed", reserved={})

    assert usage(group) == (0, 0)


def test_reservation__beyond_the_limit_is_refused() -> None:
    group = make_group(plan="starter")
    make_thing(group)
    assert usage(group) == (1, 0)

    with pytest.raises(QuotaExceeded, match="100 more would exceed"):
        settled(lambda: reserving(group, 100))

    assert (usage(group), Run.objects.filter(group=group).count()) == ((1, 0), 0)


def test_reservation__of_a_deleted_run_is_free_again_on_every_plan() -> None:
    for plan in ("starter", "enterprise"):
        group = make_group(plan=plan)
        reserving(group, 7).delete()
        if plan == "starter":
            assert usage(group) == (0, 0)
