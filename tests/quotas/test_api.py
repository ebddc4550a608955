"""The API of quotas, refusals, and the counting of calls."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.utils import timezone

from ontology.isolation import acting
from ontology.models import Group, Thing
from ontology.services.limits import limits_settle
from quotas.models import CallSlot, Usage
from quotas.services.calls import call_count
from quotas.services.plans import override_give
from quotas.services.recording import period_reset
from quotas.services.state import group_state
from tests.factories import make_group, make_membership, make_thing
from tests.ontology.api.client import Api, at, make_token
from tests.roles import as_role, scope_of

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
CALLS = "api_calls_per_month"


@pytest.fixture
def group() -> Group:
    return make_group(plan="starter", slug="acme")


@pytest.fixture
def api(group: Group) -> Api:
    return Api(make_membership(group, role="group_owner").person)


def calls(group: Group) -> int:
    return group_state(group).metric(CALLS).used


def test_quotas__shape(api: Api, group: Group) -> None:
    make_thing(group)
    limits_settle()

    answer = api.get(at(group, "quotas/"))

    body = answer.json()
    assert answer.status_code == 200
    assert body.keys() == {"groupId", "plan", "quotas", "warnings", "summary"}
    assert body["quotas"]["entities_total"] == {"current": 1, "limit": 100, "percentUsed": 1.0, "status": "ok"}
    assert body["summary"] == {"allOk": True, "warningCount": 0, "criticalCount": 0, "exceededCount": 0}
    assert body["quotas"][CALLS]["current"] == 1


def test_status_check_and_simulation__shapes(api: Api, group: Group) -> None:
    limits_settle()
    status = api.get(at(group, "quotas/status/")).json()
    check = api.get(at(group, "quotas/check/?metric=users&count=9")).json()
    store = api.get(at(group, "quotas/check-storage/?bytes=5")).json()
    simulation = api.get(at(group, "quotas/simulation/?plan=pro")).json()

    assert (status["group"], status["status"], status["recommendations"]) == ("acme", "healthy", [])
    assert check == {
        "canCreate": False,
        "requested": 9,
        "current": 1,
        "limit": 5,
        "availableSlots": 4,
        "utilization": 20.0,
        "reason": "The group acme uses 1 of 5 people; 9 more would exceed the limit.",
        "suggestion": "The plan Pro has room for it. Otherwise delete what is not needed, or ask for a higher limit.",
    }
    assert (store["canStore"], store["availableBytes"], store["availableGB"]) == (True, 10**9, 1.0)
    assert (simulation["currentPlan"], simulation["exceeded"], simulation["difference"]["monthlyDifference"]) == ("starter", [], 4900)
    assert api.get(at(group, "quotas/simulation/?plan=gold")).status_code == 422


def test_usage__history(api: Api, group: Group) -> None:
    make_thing(group)
    limits_settle()
    period_reset(group, "entities_total", "daily")

    (row,) = api.get(at(group, "quotas/usage/?metric=entities_total&period=daily")).json()["items"]

    assert (row["value"], row["limit"], row["percentUsed"]) == (1, 100, 1.0)


def test_plans__with_prices_and_upgrades(api: Api) -> None:
    plans, upgrades = api.get("plans/").json(), api.get("plans/pro/upgrades/").json()

    assert [(plan["name"], plan["monthlyPrice"], plan["quotas"]["storage_gb"]) for plan in plans["plans"]] == [
        ("starter", 0, 1.0),
        ("pro", 4900, 100.0),
        ("enterprise", None, None),
    ]
    assert [(each["plan"], each["upgrade"]) for each in upgrades["upgrades"]] == [("enterprise", None)]
    assert api.get("plans/gold/upgrades/").status_code == 404


@pytest.mark.parametrize("bulk", [True, False])
def test_write_over_the_limit__402_and_nothing_written(api: Api, group: Group, bulk: bool) -> None:
    for _ in range(100):
        make_thing(group)
    limits_settle()
    item = {"type": "note", "name": "One more"}

    answer = api.post(at(group, "things/bulk/"), [item], Idempotency_Key="k") if bulk else api.post(at(group, "things/"), item)

    body = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (402, "application/problem+json")
    told = {key: body[key] for key in ("code", "metric", "current", "limit", "requested", "unit")}
    assert told == {"code": "quota_exceeded", "metric": "entities_total", "current": 100, "limit": 100, "requested": 1, "unit": "count"}
    assert body["detail"] == "The group acme uses 100 of 100 things of its plan Starter; 1 more would exceed the limit."
    assert body["suggestion"].startswith("The plan Pro has room for it.")
    assert Thing.objects.filter(group=group).count() == 100


def test_dry_run__tells_of_the_limit(api: Api, group: Group) -> None:
    items = [{"type": "note", "name": f"N{n}"} for n in range(101)]

    assert api.post(at(group, "things/bulk/?dryRun=true"), items).status_code == 402


def test_calls__every_answer_tells_what_is_left(api: Api, group: Group) -> None:
    answers = [api.get(at(group, "things/")), api.get(at(group, "things/?nonsense=1")), api.post(at(group, "things/"), {"name": " "})]

    assert [answer.status_code for answer in answers] == [200, 400, 422]
    assert [answer["RateLimit-Policy"] for answer in answers] == ['"month";q=1000;w=2592000'] * 3
    assert [answer["RateLimit"].partition(";t=")[0] for answer in answers] == ['"month";r=999', '"month";r=998', '"month";r=997']
    assert calls(group) == 3


def test_calls__of_nobody_and_of_strangers_do_not_count(group: Group) -> None:
    stranger = Api(make_membership(make_group(plan="starter")).person)

    assert [Api().get(at(group, "things/")).status_code, stranger.get(at(group, "things/")).status_code] == [401, 404]
    assert calls(group) == 0


def test_calls__over_the_month_are_refused_and_counted_as_refused(api: Api, group: Group) -> None:
    override_give(group, CALLS, 3, "Few")

    answers = [api.get(at(group, "quotas/")).status_code for _ in range(5)]

    assert answers == [200, 200, 200, 402, 402]
    assert calls(group) == 3
    assert sum(CallSlot.objects.filter(group=group).values_list("refused", flat=True)) == 2


def test_calls__without_a_limit_carry_no_headers() -> None:
    group = make_group(plan="enterprise")
    answer = Api(make_membership(group).person).get(at(group, "things/"))

    assert (answer.status_code, "RateLimit" in answer, calls(group)) == (200, False, 1)


@pytest.mark.parametrize("per", ["group", "person"])
def test_calls__burst_window(api: Api, group: Group, per: str) -> None:
    override_give(group, CALLS, 2, "Bursts", per=per, span="day")

    answers = [api.get(at(group, "quotas/")) for _ in range(3)]

    name = "day" if per == "group" else "person-day"
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    refused = answers[2]
    assert refused.json()["code"] == "rate_exceeded"
    assert 1 <= int(refused["Retry-After"]) <= 86_400
    assert answers[0]["RateLimit-Policy"].startswith(f'"{name}";q=2;w=86400')
    assert answers[0]["RateLimit"].startswith(f'"{name}";r=1;t=')
    assert calls(group) == 2


def test_calls__a_person_s_window_is_not_another_s(api: Api, group: Group) -> None:
    override_give(group, CALLS, 1, "Bursts", per="person", span="day")
    other = Api(make_membership(group).person)

    assert [who.get(at(group, "quotas/")).status_code for who in (api, api, other)] == [200, 429, 200]


def test_calls__a_full_window_gives_back_what_smaller_ones_counted(api: Api, group: Group) -> None:
    override_give(group, CALLS, 100, "Bursts", span="hour")
    override_give(group, CALLS, 1, "Bursts", span="day")
    api.get(at(group, "quotas/"))
    api.get(at(group, "quotas/"))

    with connection.cursor() as cursor:
        cursor.execute("SELECT span, used FROM quotas_callwindow WHERE group_id = %s ORDER BY span", [group.pk])
        assert cursor.fetchall() == [("day", 1), ("hour", 1)]


def test_calls__past_days_are_closed_into_day_month_and_year(group: Group) -> None:
    now = timezone.now()
    yesterday = (now - timedelta(days=1)).date()
    person = make_membership(group).person
    with acting(scope_of(group)):
        call_count(group, person)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE quotas_callslot SET day = %s, used = 7, leased = 9 WHERE group_id = %s", [yesterday, group.pk])
        cursor.execute(
            "UPDATE quotas_usage SET period_start = date_trunc('month', %s::timestamp) AT TIME ZONE 'UTC' WHERE group_id = %s AND period = 'monthly'",
            [yesterday, group.pk],
        )

    assert period_reset(group, CALLS, "daily") == 1
    assert period_reset(group, CALLS, "daily") == 0

    rows = {row.period: row for row in Usage.objects.filter(group=group, metric=CALLS)}
    assert {period: rows[period].value for period in ("daily", "monthly", "annual")} == {"daily": 7, "monthly": 7, "annual": 7}
    assert (rows["daily"].period_start.date(), rows["monthly"].held) == (yesterday, 0)


def test_usage__is_not_for_the_role_of_requests_to_write(group: Group) -> None:
    statements = (
        "UPDATE quotas_usage SET value = 0",
        "DELETE FROM quotas_delta",
        "INSERT INTO quotas_pending VALUES ('1', gen_random_uuid(), 'users', '', -1)",
        "UPDATE quotas_callslot SET used = 0",
        "SELECT quotas_pend_one(gen_random_uuid(), 'users', '', -5, 0)",
        "SELECT quotas_apply(gen_random_uuid(), 'users', '', -5, 0)",
        "SELECT quotas_limits_refresh(gen_random_uuid())",
    )
    for role in ("app", "worker"):
        for text in statements:
            with as_role(role), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(text)


def test_call_count__is_for_groups_in_scope_only(group: Group) -> None:
    person, other = make_membership(group).person, make_group()
    with as_role(), acting(scope_of(other)), pytest.raises(ProgrammingError, match="one acts for"), transaction.atomic():
        call_count(group, person)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("limit", "requests"), [(60, 100), (7, 40)])
def test_calls__exactly_the_limit_under_threads(limit: int, requests: int) -> None:
    """As many succeed as the limit says, not one more or less, however slots and leases fall."""
    group = make_group(plan="starter", slug="busy")
    token = make_token(make_membership(group, role="group_owner").person)
    override_give(group, CALLS, limit, "The race")

    def call(_: int) -> int:
        try:
            return int(Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/groups/busy/").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(call, range(requests)))

    assert (statuses.count(200), statuses.count(402)) == (limit, requests - limit)
    slots = CallSlot.objects.filter(group=group)
    assert (calls(group), sum(slot.refused for slot in slots)) == (limit, requests - limit)
    assert 1 <= len(slots) <= 16


@pytest.mark.django_db(transaction=True)
def test_calls__burst_window_under_threads() -> None:
    group = make_group(plan="enterprise", slug="busy")
    token = make_token(make_membership(group, role="group_owner").person)
    override_give(group, CALLS, 11, "The race", span="day")

    def call(_: int) -> int:
        try:
            return int(Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/groups/busy/").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(call, range(30)))

    assert (statuses.count(200), statuses.count(429), calls(group)) == (11, 19, 11)


def test_problem__is_json(api: Api, group: Group) -> None:
    override_give(group, CALLS, 0, "None")

    answer = api.get(at(group, "quotas/"))

    assert json.loads(answer.content)["limit"] == 0
    assert answer.status_code == 402
