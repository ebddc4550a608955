"""The functions of quotas: exact answers."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ontology.errors import FieldRefused, QuotaExceeded
from ontology.models import Event, Group
from ontology.services.limits import limits_settle
from quotas.models import Plan, Usage
from quotas.services.checking import check_can_create, check_can_store, quota_enforce, quota_status
from quotas.services.plans import PlanUnknown, override_end, override_give, plan_change, plan_simulate, upgrade_pricing
from quotas.services.recording import RecordConflict, deltas_fold, period_reset, usage_record
from quotas.services.state import MetricQuota, Summary, group_quotas, group_state
from quotas.shipped import PLANS
from tests.factories import make_event, make_group, make_membership, make_thing
from tests.tenant import make_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> Group:
    return make_group(plan="starter", slug="acme")


def things(group: Group, count: int) -> None:
    for _ in range(count):
        make_thing(group)
    limits_settle()


def test_group_quotas__of_a_group_that_uses_little(group: Group) -> None:
    things(group, 2)
    make_membership(group)
    make_event(group, timestamp=timezone.now() - timedelta(days=3, hours=2))
    limits_settle()

    answer = group_quotas(group)

    assert (answer.group_id, answer.plan, answer.warnings) == (str(group.pk), "starter", [])
    assert answer.summary == Summary(True, 0, 0, 0)
    assert dict(answer.quotas) == {
        "entities_total": MetricQuota(2, 100, 2.0, "ok"),
        "connections_total": MetricQuota(0, 500, 0.0, "ok"),
        "users": MetricQuota(1, 5, 20.0, "ok"),
        "storage_gb": MetricQuota(0.0, 1.0, 0.0, "ok"),
        "api_calls_per_month": MetricQuota(0, 1000, 0.0, "ok"),
        "events_retention_days": MetricQuota(3, 90, 3.3, "ok"),
    }


def test_group_quotas__without_limits() -> None:
    answer = group_quotas(make_group(plan="enterprise"))

    assert answer.quotas["entities_total"] == MetricQuota(0, None, None, "unlimited")
    assert answer.summary.all_ok


@pytest.mark.parametrize(
    ("count", "status", "percent"), [(79, "ok", 79.0), (80, "warning", 80.0), (94, "warning", 94.0), (95, "critical", 95.0), (100, "exceeded", 100.0)]
)
def test_group_quotas__statuses(group: Group, count: int, status: str, percent: float) -> None:
    things(group, count)

    quota = group_quotas(group).quotas["entities_total"]

    assert (quota.status, quota.percent_used) == (status, percent)


@pytest.mark.parametrize(("days", "status"), [(89, "ok"), (91, "ok"), (92, "warning"), (93, "warning"), (94, "exceeded")])
def test_group_quotas__the_oldest_event_is_late_only_when_archival_left_it(group: Group, days: int, status: str) -> None:
    make_event(group, timestamp=timezone.now() - timedelta(days=days, minutes=5))

    quota = group_quotas(group).quotas["events_retention_days"]

    assert (quota.current, quota.limit, quota.status) == (days, 90, status)


def test_group_quotas__over_a_lowered_limit(group: Group) -> None:
    things(group, 70)
    override_give(group, "entities_total", 50, "Too many")

    answer = group_quotas(group)

    assert answer.quotas["entities_total"] == MetricQuota(70, 50, 140.0, "exceeded")
    assert answer.warnings == ["Exceeded: 70 things of 50 used (140.0 %)."]
    assert answer.summary == Summary(False, 0, 0, 1)


def test_thresholds__of_a_group_itself(group: Group) -> None:
    group.subscription.warning_percent, group.subscription.critical_percent = 10, 20
    group.subscription.save()
    things(group, 15)

    assert group_state(group).metric("entities_total").status == "warning"


def test_check_can_create__with_room_and_without(group: Group) -> None:
    things(group, 98)

    there, full = check_can_create(group, "entities_total", 2), check_can_create(group, "entities_total", 3)

    assert (there.can_create, there.current, there.limit, there.available_slots, there.utilization, there.reason) == (True, 98, 100, 2, 98.0, None)
    assert (full.can_create, full.requested) == (False, 3)
    assert full.reason == "The group acme uses 98 of 100 things; 3 more would exceed the limit."
    assert full.suggestion == "The plan Pro has room for it. Otherwise delete what is not needed, or ask for a higher limit."


def test_check_can_store__in_bytes(group: Group) -> None:
    usage_record(group, "storage_gb", 400_000_000)

    there, full = check_can_store(group, 600_000_000), check_can_store(group, 600_000_001)

    assert (there.can_store, there.available_bytes, there.available_gb, there.utilization) == (True, 600_000_000, 0.6, 40.0)
    assert (full.can_store, full.reason) == (False, "The group acme uses 0.40 GB of 1.00 GB of storage; 0.60 GB more would exceed the limit.")


@pytest.mark.parametrize(("metric", "count"), [("entity", 1), ("users", -1)])
def test_check_can_create__refuses_what_it_cannot_read(group: Group, metric: str, count: int) -> None:
    with pytest.raises(FieldRefused):
        check_can_create(group, metric, count)


def test_quota_enforce__returns_or_raises(group: Group) -> None:
    things(group, 99)

    assert quota_enforce(group, "entities_total", 1).available == 1
    with pytest.raises(QuotaExceeded) as refused:
        quota_enforce(group, "entities_total", 2)
    assert {key: refused.value.told[key] for key in ("metric", "current", "limit", "requested")} == {
        "metric": "entities_total",
        "current": 99,
        "limit": 100,
        "requested": 2,
    }


def test_quota_status__recommends(group: Group) -> None:
    assert quota_status(group).status == "healthy"
    things(group, 96)

    answer = quota_status(group)

    assert (answer.group, answer.status) == ("acme", "critical")
    assert answer.recommendations == ["The limit of 100 things is near: change to Pro, or delete what is not needed."]


def test_soft_limit__counts_and_allows(group: Group) -> None:
    override_give(group, "entities_total", 2, "Patience", is_hard=False)
    things(group, 4)

    assert group_quotas(group).quotas["entities_total"] == MetricQuota(4, 2, 200.0, "exceeded")
    assert check_can_create(group, "entities_total", 10).can_create


def test_deltas__fold_into_usage() -> None:
    group = make_group(plan="enterprise")
    things(group, 3)
    before = group_state(group).metric("entities_total").used

    folded = deltas_fold()

    assert folded >= 2
    assert Usage.objects.get(group=group, metric="entities_total").value == before == group_state(group).metric("entities_total").used == 3


def test_usage_record__counts_a_key_once(group: Group) -> None:
    assert usage_record(group, "storage_gb", 1_000, "file-1") is True
    assert usage_record(group, "storage_gb", 1_000, "file-1") is False
    with pytest.raises(RecordConflict):
        usage_record(group, "storage_gb", 2_000, "file-1")
    with pytest.raises(QuotaExceeded):
        usage_record(group, "storage_gb", 10**9)
    with pytest.raises(FieldRefused):
        usage_record(group, "entities_total", 1)

    assert group_state(group).metric("storage_gb").used == 1_000


def test_usage_record__api_calls(group: Group) -> None:
    usage_record(group, "api_calls_per_month", 990)
    with pytest.raises(QuotaExceeded):
        usage_record(group, "api_calls_per_month", 11)

    assert group_state(group).metric("api_calls_per_month").used == 990


def test_period_reset__twice_is_once(group: Group) -> None:
    things(group, 5)

    assert period_reset(group, "entities_total", "daily") == 1
    things(group, 1)
    assert period_reset(group, "entities_total", "daily") == 1

    (row,) = Usage.objects.filter(group=group, metric="entities_total", period="daily")
    assert (row.value, row.limit, row.period_end - row.period_start) == (6, 100, timedelta(days=1))


def test_plan_change__leaves_an_event_and_keeps_rows(group: Group) -> None:
    plan_change(group, "pro")
    things(group, 150)
    plan_change(group, "starter")

    told = Event.objects.filter(group=group, type="plan_changed").order_by("timestamp").values_list("metadata__from", "metadata__to")
    assert list(told) == [("starter", "pro"), ("pro", "starter")]
    assert group_quotas(group).quotas["entities_total"] == MetricQuota(150, 100, 150.0, "exceeded")
    assert not check_can_create(group, "entities_total").can_create
    with pytest.raises(PlanUnknown):
        plan_change(group, "gold")


def test_plan_simulate__what_would_be_exceeded_and_since_when() -> None:
    group = make_group(plan="pro")
    things(group, 120)
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    for days, value in ((4, 130), (3, 90), (2, 110), (1, 115)):
        start = today - timedelta(days=days)
        Usage.objects.create(
            group=group, metric="entities_total", period="daily", period_start=start, period_end=start + timedelta(days=1), value=value
        )

    answer = plan_simulate(group, "starter")

    (over,) = answer.exceeded
    assert (over.state.metric, over.new_limit, over.over, over.since) == ("entities_total", 100, 20, today - timedelta(days=2))
    assert answer.difference is not None
    assert (answer.difference.monthly_cents, answer.difference.annual_cents) == (-4900, -49000)
    assert plan_simulate(group, "enterprise").exceeded == []


def test_override__begins_ends_and_expires(group: Group) -> None:
    now = timezone.now()
    override = override_give(group, "entities_total", 500, "A campaign", expires_at=now + timedelta(days=30))
    assert group_quotas(group).quotas["entities_total"].limit == 500
    override_end(override)
    assert group_quotas(group).quotas["entities_total"].limit == 100
    override_give(group, "entities_total", 500, "Later", starts_at=now + timedelta(days=1), expires_at=now + timedelta(days=2))
    assert group_quotas(group).quotas["entities_total"].limit == 100
    with pytest.raises(FieldRefused):
        override_give(group, "entities_total", 5, " ")


def test_upgrade_pricing__differences() -> None:
    answer = upgrade_pricing("starter")

    assert (answer.current.monthly_cents, [each.price.name for each in answer.upgrades]) == (0, ["pro", "enterprise"])
    pro, enterprise = answer.upgrades
    assert pro.upgrade is not None
    assert (pro.upgrade.monthly_cents, pro.upgrade.annual_cents) == (4900, 49000)
    assert (enterprise.price.monthly_cents, enterprise.upgrade, enterprise.price.limits["users"]) == (None, None, None)


def test_shipped_plans__are_those_of_the_product() -> None:
    rows = {plan.name: plan for plan in Plan.objects.prefetch_related("limits")}

    assert [plan.name for plan in PLANS] == list(rows)
    starter = {limit.metric: limit.value for limit in rows["starter"].limits.all()}
    assert starter == {
        "users": 5,
        "storage_gb": 10**9,
        "api_calls_per_month": 1_000,
        "entities_total": 100,
        "connections_total": 500,
        "events_retention_days": 90,
    }
    assert (rows["pro"].monthly_cents, rows["pro"].annual_cents, rows["enterprise"].monthly_cents) == (4900, 49000, None)


@pytest.mark.parametrize("things_there", [0, 3_000])
def test_questions__take_the_same_queries_whatever_a_group_holds(things_there: int) -> None:
    group = make_tenant(things_there) if things_there else make_group()
    counts = []
    for ask in (lambda: group_quotas(group), lambda: check_can_create(group, "entities_total"), lambda: check_can_store(group, 1)):
        with CaptureQueriesContext(connection) as captured:
            ask()
        counts.append(len(captured))

    assert counts == [1, 1, 1]


def test_new_group__is_on_the_default_plan() -> None:
    Plan.objects.filter(is_default=True).update(is_default=False)
    Plan.objects.filter(name="starter").update(is_default=True)

    group = make_group()

    assert (group_quotas(group).plan, group_quotas(group).quotas["entities_total"].limit) == ("starter", 100)
    assert group_quotas(Group.objects.platform()).quotas["entities_total"].limit is None
