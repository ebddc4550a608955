"""Thresholds are told once a month, and so is the way back; and what the clock does."""

import pytest
from django.db import connection
from django_celery_beat.models import PeriodicTask

from config.celery import app
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Event, Group, Thing
from ontology.services.actor import Actor
from ontology.services.limits import limits_settle
from quotas.models import Crossing, Drift, Usage
from quotas.services.plans import override_give
from quotas.services.recount import usage_drift, usage_mend, usage_recount
from quotas.services.thresholds import thresholds_check
from quotas.tasks import check_thresholds, close_periods, fold_usage, recount_usage
from tests.factories import make_group, make_thing
from tests.roles import as_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> Group:
    group = make_group(plan="starter")
    override_give(group, "entities_total", 10, "A test")
    return group


def things(group: Group, count: int) -> None:
    for _ in range(count):
        make_thing(group)
    limits_settle()


def told(group: Group) -> list[tuple[str, str, list[str] | None]]:
    rows = Event.objects.filter(group=group, type__startswith="quota_").order_by("timestamp", "id")
    return [(row.type, row.metadata["level"], row.metadata.get("cleared")) for row in rows]


def test_thresholds__each_is_told_once(group: Group) -> None:
    for count in (7, 1, 0, 2):
        things(group, count)
        thresholds_check([group])
        thresholds_check([group])

    assert told(group) == [("quota_warning", "warning", None), ("quota_exceeded", "exceeded", None)]
    assert sorted(Crossing.objects.filter(group=group).values_list("level", flat=True)) == ["critical", "exceeded", "warning"]


def test_thresholds__the_way_back_is_told_and_the_next_crossing_of_the_month_is_not(group: Group) -> None:
    things(group, 9)
    thresholds_check([group])
    Thing.objects.filter(group=group).first().delete()  # type: ignore[union-attr]
    Thing.objects.filter(group=group).first().delete()  # type: ignore[union-attr]
    limits_settle()
    thresholds_check([group])
    things(group, 2)
    thresholds_check([group])

    assert told(group) == [("quota_warning", "warning", None), ("quota_warning", "ok", ["warning"])]


def test_schedules__name_tasks_that_are_there() -> None:
    app.loader.import_default_modules()
    names = set(PeriodicTask.objects.filter(task__startswith="quotas.").values_list("task", flat=True))

    assert names == {"quotas.fold_usage", "quotas.check_thresholds", "quotas.close_periods", "quotas.recount_usage"}
    assert names <= set(app.tasks)


def test_tasks__as_the_role_of_jobs(group: Group) -> None:
    things(group, 8)
    free = make_group(plan="enterprise")
    things(free, 2)

    with as_role("worker"):
        assert fold_usage() >= 2
        assert check_thresholds() == 1
        assert close_periods() > 0
        assert recount_usage() == 0

    assert Usage.objects.get(group=free, metric="entities_total", period="total").value == 2
    assert Usage.objects.get(group=group, metric="entities_total", period="monthly").value == 8


def test_recount__tells_a_difference_once_and_a_person_mends_it(group: Group) -> None:
    things(group, 3)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE quotas_usage SET value = 5 WHERE group_id = %s AND metric = 'entities_total'", [group.pk])

    found, again = usage_recount(), usage_recount()

    assert [(row.metric, row.recorded, row.counted) for row in found] == [("entities_total", 5, 3)]
    assert again == []
    assert usage_drift(group) != []
    with as_role("worker"), acting(PLATFORM_SCOPE):
        assert usage_mend(group, actor=Actor()) == 1
    assert usage_drift(group) == []
    assert Drift.objects.get(group=group).mended_at is not None
    mended = Event.objects.get(group=group, metadata__change="usage_mended").metadata["mended"]
    assert mended == [{"metric": "entities_total", "subject": "", "from": 5, "to": 3}]
