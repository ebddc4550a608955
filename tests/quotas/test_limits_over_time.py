"""Plan changes, overrides, expiries and periods across months, years and daylight-saving dates, against a plain model of the rules."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ontology.errors import QuotaExceeded
from ontology.services.limits import within_limits
from quotas.models import Override, Usage
from quotas.pricing import PlanPrice, estimate
from quotas.services.plans import plan_change
from quotas.services.state import group_state
from tests.factories import make_group, make_thing

pytestmark = pytest.mark.django_db
QUICK = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
moments = st.datetimes(datetime(2023, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 -- the bounds take the zone beside them
"""Years with and without a leap day; every spring and autumn among them, when clocks on walls jump and UTC does not."""
spans = st.tuples(moments, st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=800)), st.none() | st.integers(0, 10**6))


def asked(text: str, *parameters: Any) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        row = cursor.fetchone()
    assert row is not None
    return tuple(row)


@QUICK
@given(
    given_overrides=st.lists(spans, max_size=5, unique_by=lambda each: each[0]), at=moments, plan=st.sampled_from(["starter", "pro", "enterprise"])
)
def test_limit__is_that_of_the_override_that_began_last(given_overrides: list[Any], at: datetime, plan: str) -> None:
    with transaction.atomic():
        group = make_group(plan=plan)
        for begins, lasts, value in given_overrides:
            ends = None if lasts is None else begins + lasts
            Override.objects.create(group=group, metric="users", value=value, reason="A test", starts_at=begins, expires_at=ends)
        found, hard, until, source = asked("SELECT * FROM quotas_limit_for(%s, 'users', '', %s)", group.pk, at)
        transaction.set_rollback(True)

    known = [(begins, None if lasts is None else begins + lasts, value) for begins, lasts, value in given_overrides]
    in_force = [each for each in known if each[0] <= at and (each[1] is None or each[1] > at)]
    expected = max(in_force)[2] if in_force else {"starter": 5, "pro": 50, "enterprise": None}[plan]
    changes = [moment for begins, ends, _ in known for moment in ([begins] if begins > at else [ends] if ends is not None and ends > at else [])]
    assert (found, hard, source) == (expected, True, "override" if in_force else "plan")
    assert until == (min(changes) if changes else None)


@QUICK
@given(at=moments)
def test_period__is_the_calendar_month_in_utc(at: datetime) -> None:
    (start,) = asked("SELECT quotas_period_start('api_calls_per_month', %s)", at)
    windows = [asked("SELECT quotas_window_start(%s, %s)", span, at)[0] for span in ("second", "minute", "hour", "day")]

    month = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    assert start == month
    assert windows == [at.replace(microsecond=0), at.replace(second=0, microsecond=0), at.replace(minute=0, second=0, microsecond=0), day]


@QUICK
@given(zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]))
def test_period__is_the_same_whatever_zone_the_session_is_in(zone: str) -> None:
    at = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # an hour that Berlin does not have
    with transaction.atomic():
        asked("SELECT set_config('TimeZone', %s, true)", zone)
        found = asked(
            "SELECT quotas_period_start('api_calls_per_month', %s) AT TIME ZONE 'UTC', quotas_window_start('day', %s) AT TIME ZONE 'UTC'", at, at
        )

    assert found == (datetime(2026, 3, 1), datetime(2026, 3, 29))  # noqa: DTZ001 -- told without a zone


@QUICK
@given(plans=st.lists(st.tuples(st.sampled_from(["starter", "pro", "enterprise"]), st.integers(0, 60)), min_size=1, max_size=5))
def test_plan_changes__refuse_exactly_what_is_over(plans: list[tuple[str, int]]) -> None:
    with transaction.atomic():
        group, there = make_group(plan="starter"), 0
        for plan, more in plans:
            plan_change(group, plan)
            limit = {"starter": 100, "pro": 10_000, "enterprise": None}[plan]
            try:
                with within_limits():
                    for _ in range(more):
                        make_thing(group)
                refused = False
            except QuotaExceeded:
                refused = True
            assert refused == (limit is not None and more > 0 and there + more > limit)
            there += 0 if refused else more
            assert group_state(group).metric("entities_total").used == there
        transaction.set_rollback(True)


def test_override__that_ends_by_itself_is_over_without_any_task() -> None:
    group = make_group(plan="starter")
    now = timezone.now()
    Override.objects.create(
        group=group, metric="users", value=0, reason="Over", starts_at=now - timedelta(days=2), expires_at=now + timedelta(milliseconds=300)
    )
    assert group_state(group).metric("users").limit == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE quotas_override SET expires_at = %s", [now - timedelta(seconds=1)])
        cursor.execute("UPDATE quotas_usage SET \"limit\" = 0, limit_until = %s WHERE metric = 'users'", [now - timedelta(seconds=1)])

    assert Usage.objects.get(group=group, metric="users").limit == 0
    assert group_state(group).metric("users").limit == 5


@given(used=st.integers(0, 10**6), limit=st.integers(0, 10**6), unit=st.integers(1, 10**4), cents=st.integers(0, 10**4))
def test_estimate__every_lot_begun_is_paid_in_whole_cents(used: int, limit: int, unit: int, cents: int) -> None:
    plan = PlanPrice("pro", "Pro", 4900, 49000, {"users": limit}, {"users": (unit, cents)})

    found = estimate(plan, {"users": used})

    over = max(0, used - limit)
    lots = over // unit + (over % unit > 0)
    assert found.total_cents == 4900 + lots * cents
    assert lots * unit >= over > (lots - 1) * unit or over == 0
