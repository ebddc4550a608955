"""The door to the database's state: the staff's page, the API, reports; with and without samples, and for nobody else."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from monitoring.database.plans import numbered, plan_text
from monitoring.database.reports import PERFORMANCE, report_put
from monitoring.database.tasks import database_daily, database_monthly, database_weekly, sample_database
from monitoring.models import DatabaseReport, SlowStatement
from tests.factories import make_group, make_membership, make_person, make_staff, staff_sign_in
from tests.ontology.api.client import make_token

pytestmark = pytest.mark.django_db(transaction=True)
NOW, INDEXES = "/admin/monitoring/databasesample/now/", "/admin/monitoring/databasesample/indexes/"
ADDRESS = "/api/admin/performance-metrics"


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SAMPLE_SECONDS", 0)


def test_pages__before_anything_was_looked_at(client: Client) -> None:
    staff_sign_in(client, make_staff())

    assert "was not sampled yet" in client.get(NOW).content.decode()
    assert "Nobody has looked yet" in client.get(INDEXES).content.decode()
    answer = client.get(ADDRESS)
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "not_sampled", "60")


def test_pages__after_the_clock_has_run(client: Client) -> None:
    staff_sign_in(client, make_staff())
    for _ in range(2):
        sample_database()
    database_daily()
    sample_database()

    page = client.get(NOW).content.decode()
    assert "Statements that took most, the last hour" in page
    assert "ontology_thing" in page
    assert "The last look was at" not in page
    assert "Nothing is wrong with the indexes." in client.get(INDEXES).content.decode()
    told = client.get(ADDRESS).json()
    assert told["maxAge"] == 60
    assert 0 < told["connections"]["total"] <= told["connections"]["max"]
    assert told["queriesPerSecond"] > 0
    assert told["visibility"] == {"statements": True, "hiddenStatements": 0, "hiddenSessions": 0, "remedy": "", "unseen": []}
    assert len(told["slowest"]) == 10
    assert {"queryId", "text", "calls", "totalMs", "meanMs", "rows", "cacheHitRatio"} == set(told["slowest"][0])


def test_page__says_when_nobody_looks_any_more(client: Client) -> None:
    staff_sign_in(client, make_staff())
    sample_database()
    DatabaseReport.objects.filter(kind=PERFORMANCE).update(made_at=timezone.now() - timedelta(minutes=6))

    assert "Does the clock run" in client.get(NOW).content.decode()


def test_doors__are_shut_to_others(client: Client) -> None:
    report_put(PERFORMANCE, {"a_name": 1})
    plain_staff = make_staff(is_superuser=False, platform_role="")
    staff_sign_in(client, plain_staff)
    assert [client.get(address).status_code for address in (NOW, INDEXES, ADDRESS, "/metrics")] == [403, 403, 403, 401]

    plain_staff.user_permissions.add(Permission.objects.get(codename="view_databasesample"))
    assert client.get(ADDRESS).json() == {"aName": 1}

    owner = make_membership(make_group(), make_person(), role="group_owner").person
    assert Client().get(ADDRESS, headers={"Authorization": f"Bearer {make_token(owner)}"}).status_code == 403
    assert Client().get(ADDRESS).status_code == 401


def test_reports__are_kept_and_shown(client: Client) -> None:
    staff_sign_in(client, make_staff())
    assert database_weekly() > 50
    assert database_monthly() == 0

    kinds = list(DatabaseReport.objects.order_by("kind").values_list("kind", flat=True))
    assert kinds == ["index_health", "optimisation"]
    for kept in DatabaseReport.objects.all():
        assert client.get(f"/admin/monitoring/databasereport/{kept.pk}/change/").status_code == 200
        assert client.get(f"/admin/monitoring/databasereport/{kept.pk}/json/").json()["kind"] == kept.kind


def test_reports__of_the_present_alone_are_on_their_own_pages(client: Client) -> None:
    staff_sign_in(client, make_staff())
    present = DatabaseReport.objects.create(kind=PERFORMANCE, content={})

    assert client.get(f"/admin/monitoring/databasereport/{present.pk}/json/").status_code == 404
    assert PERFORMANCE not in client.get("/admin/monitoring/databasereport/").content.decode()


def test_slow_statement__has_its_plan(client: Client) -> None:
    staff_sign_in(client, make_staff())
    from monitoring.database.watching import _written

    _written(
        {"slow": [{"ms": 300, "level": "warning", "text": "SELECT id FROM ontology_thing WHERE id = %s", "caller": "GET x", "group": "", "at": 9e9}]}
    )
    slow = SlowStatement.objects.get()

    page = client.get(f"/admin/monitoring/slowstatement/{slow.pk}/change/").content.decode()

    assert "Index" in page
    assert "ontology_thing" in page
    assert client.get("/admin/monitoring/slowstatement/?level__exact=warning").status_code == 200


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a = %s AND b = %s", "a = $1 AND b = $2"),
        ("a = %(x)s AND b = %(y)s OR c = %(x)s", "a = $1 AND b = $2 OR c = $1"),
        ("a LIKE 'x%%' AND b = %s", "a LIKE 'x%' AND b = $1"),
    ],
)
def test_numbered__places(text: str, found: str) -> None:
    assert numbered(text) == found


@pytest.mark.parametrize("text", ["DROP TABLE ontology_thing", "SELECT 1; DELETE FROM ontology_thing", "SELECT nothing FROM nowhere"])
def test_plan__of_what_has_none(text: str) -> None:
    assert plan_text(text).startswith("There is no plan: ")
