"""The application's own statements: slow ones with caller and group, N+1, time by group; written when the work is over, without harm to it."""

from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from monitoring.database import watching
from monitoring.database.advice import group_costs, repeated_statements
from monitoring.database.sampling import slow_days_keep
from monitoring.database.watching import costs_tell, slow_level, working
from monitoring.models import GroupCost, RepeatedStatement, SlowStatement
from quotas.models import Plan, Subscription
from tests.factories import make_group, make_membership, make_person, make_thing
from tests.ontology.api.client import Api

pytestmark = pytest.mark.django_db(transaction=True)


def ask(sql: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


@pytest.fixture(autouse=True)
def costs_forgotten() -> None:
    watching._costs.clear()


@pytest.mark.parametrize(
    ("ms", "level"),
    [(99.9, None), (100, "warning"), (499.9, "warning"), (500, "critical"), (999.9, "critical"), (1_000, "emergency")],
)
def test_slow_level__at_its_edges(ms: float, level: str | None) -> None:
    assert slow_level(ms) == level


def test_slow_statement__is_kept_with_its_caller_and_group() -> None:
    with working("GET somewhere", group="here"):
        ask("SELECT pg_sleep(%s)", 0.11)
        ask("SELECT 1")

    (slow,) = SlowStatement.objects.all()
    assert (slow.text, slow.caller, slow.group_slug, slow.level) == ("SELECT pg_sleep(%s)", "GET somewhere", "here", "warning")
    assert 110 <= slow.duration_ms < 500


def test_slow_statement__of_a_work_that_failed_is_kept_too() -> None:
    def fail() -> None:
        with working("task failing"), transaction.atomic():
            ask("SELECT pg_sleep(0.11)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert SlowStatement.objects.get().caller == "task failing"


def test_repeated_statement__is_told_of_requests_and_not_of_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "REPEATED_STATEMENTS", 5)
    for times in (5, 7, 4):
        with working("GET list/"):
            for number in range(times):
                ask("SELECT  %s AS one_by_one", number)
    with working("task of many rows", repeats=False):
        for number in range(50):
            ask("SELECT %s", number)

    (found,) = RepeatedStatement.objects.all()
    assert (found.caller, found.text, found.times_max, found.seen) == ("GET list/", "SELECT  %s AS one_by_one", 7, 2)
    assert [(it.caller, it.times) for it in repeated_statements()] == [("GET list/", 7)]


def test_api_request__is_named_by_its_route_and_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SLOW_STATEMENT_MS", (0.0, 60_000, 60_001))
    group = make_group()
    make_thing(group)
    api = Api(make_membership(group, make_person(), role="group_owner").person)

    assert api.get(f"groups/{group.slug}/things/").status_code == 200

    assert set(SlowStatement.objects.values_list("caller", "group_slug")) == {("GET api/v1/groups/<slug:slug>/things/", group.slug)}
    assert SlowStatement.objects.filter(text__icontains="ontology_thing").exists()


def test_costs__are_added_up_by_group() -> None:
    for group, times in (("one", 3), ("two", 1), ("one", 2), ("", 1)):
        with working("GET somewhere", group=group):
            for _ in range(times):
                ask("SELECT 1")
    assert GroupCost.objects.count() == 0  # not yet a minute
    costs_tell()
    with working("GET somewhere", group="one"):
        ask("SELECT 1")
    costs_tell()

    assert {it.group: (it.statements, it.rows) for it in group_costs()} == {"one": (6, 6), "two": (1, 1), "": (1, 1)}


def test_costs__tell_rows_plan_and_price() -> None:
    on_default, on_starter = make_group(), make_group()
    Subscription.objects.create(group=on_starter, plan_id="starter")
    for group, rows in ((on_default, 3), (on_starter, 40)):
        with working("GET somewhere", group=group.slug):
            ask("SELECT generate_series(1, %s)", rows)
            ask("CREATE TEMPORARY TABLE IF NOT EXISTS brings_no_rows ()")
    costs_tell()

    told = {it.group: (it.rows, it.plan, it.monthly_cents) for it in group_costs()}
    assert told == {on_default.slug: (3, "Enterprise", None), on_starter.slug: (40, "Starter", Plan.objects.get(name="starter").monthly_cents)}


def test_work__within_a_transaction_that_goes_on_writes_nothing_into_it() -> None:
    with transaction.atomic():
        with working("nested"):
            ask("SELECT pg_sleep(0.11)")
        ask("SELECT 1")

    assert SlowStatement.objects.count() == 0


def test_watch__that_cannot_write_fails_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "ADD", "SELECT no_such_function(%s)")

    with working("GET somewhere"):
        ask("SELECT pg_sleep(0.11)")

    assert SlowStatement.objects.count() == 0


def test_slow_days__are_dropped_whole_after_thirty() -> None:
    ask(
        "CREATE TABLE monitoring_slowstatement_2026_01_05 PARTITION OF monitoring_slowstatement"
        " FOR VALUES FROM ('2026-01-05 00:00Z') TO ('2026-01-06 00:00Z')"
    )
    ask("INSERT INTO monitoring_slowstatement (at, duration_ms, level, text, caller) VALUES ('2026-01-05 10:00Z', 200, 'warning', 'SELECT', 'x')")

    assert slow_days_keep() == 1
    assert SlowStatement.objects.count() == 0
    assert slow_days_keep() == 0


def test_metrics__are_for_staff_and_for_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()

    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401
    monkeypatch.setattr(settings, "METRICS_TOKEN", "secret")
    assert client.get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 401
    answer = client.get("/metrics", headers={"Authorization": "Bearer secret"})
    assert answer.status_code == 200
    assert "sextant_statements_total" in answer.content.decode()
