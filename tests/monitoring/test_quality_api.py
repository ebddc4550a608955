"""The API of data quality: of a group for its people, of the platform for its owners."""

import pytest

from monitoring.services.findings import check_and_write
from monitoring.services.jobs import check_daily
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.services.actor import PLATFORM
from tests.factories import make_group, make_membership, make_person
from tests.monitoring.planting import DEFECTS, sql, two_groups
from tests.ontology.api.client import Api, make_token
from tests.roles import as_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_runs")]


def owner_of(group: object) -> Api:
    person = make_person()
    make_membership(group, person, role="group_owner")  # type: ignore[arg-type]
    return Api(token=make_token(person))


def platform_owner() -> Api:
    return Api(token=make_token(make_person(platform_role="platform_owner")))


def test_integrity__of_a_group_names_its_broken_rows_and_no_other_group() -> None:
    group, other = two_groups()
    planted = DEFECTS["cross_group_ref"](group, other)
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    answer = owner_of(group)("GET", f"groups/{group.slug}/integrity/").json()
    assert (answer["status"], answer["summary"]["criticalIssues"], answer["details"]["crossGroupReferences"]) == ("critical", 6, 6)
    assert {issue["recordId"] for issue in answer["issues"]} == planted.ids
    assert str(other.pk) not in str(answer)
    assert owner_of(other)("GET", f"groups/{other.slug}/integrity/").json()["summary"]["totalIssues"] == 0


def test_integrity__lists_at_most_what_is_asked_for() -> None:
    group, other = two_groups()
    DEFECTS["cycle"](group, other)
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    api = owner_of(group)
    answer = api("GET", f"groups/{group.slug}/integrity/?limit=1").json()
    assert (answer["summary"]["totalIssues"], len(answer["issues"])) == (4, 1)
    assert api("GET", f"groups/{group.slug}/integrity/?limit=1001").status_code == 400


def test_quality_snapshots_and_findings__of_a_group() -> None:
    group, other = two_groups()
    planted = DEFECTS["malformed_properties"](group, other)
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    with acting(PLATFORM_SCOPE), as_role("worker"):
        check_daily(actor=PLATFORM)
    sql("DROP TABLE stage_broken")  # the stage is a table of whoever makes it
    api = owner_of(group)
    assert api("GET", f"groups/{group.slug}/quality/").json()["malformedPropertiesCount"] == 4
    (snapshot,) = api("GET", f"groups/{group.slug}/snapshots/").json()["items"]
    assert (snapshot["groupId"], snapshot["status"], snapshot["issues"]) == (str(group.pk), "critical", 4)
    first = api("GET", f"groups/{group.slug}/findings/?limit=3&category=malformed_properties").json()
    rest = api("GET", f"groups/{group.slug}/findings/?limit=3&category=malformed_properties&cursor={first['next']}").json()
    assert {row["recordId"] for row in [*first["items"], *rest["items"]]} == planted.ids
    assert (len(first["items"]), len(rest["items"]), rest["hasMore"]) == (3, 1, False)
    assert api("GET", f"groups/{group.slug}/findings/?state=resolved").json()["items"] == []


def test_platform__for_its_owners() -> None:
    group, other = two_groups()
    DEFECTS["stale_v0"](group, other)
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    with acting(PLATFORM_SCOPE), as_role("worker"):
        check_and_write()
    sql("DROP TABLE stage_broken")
    api = platform_owner()
    report = api("GET", "integrity/").json()
    assert (report["status"], report["summary"]["infoIssues"], report["details"]["staleV0"]) == ("healthy", 1, 1)
    assert api("GET", "quality/").json()["groupId"] is None
    assert api("GET", "snapshots/").json()["items"] == []
    assert [row["category"] for row in api("GET", "findings/").json()["items"]] == ["stale_v0"]
    for address in ("integrity/", "quality/", "snapshots/", "findings/"):
        refused = owner_of(group)("GET", address)
        assert (refused.status_code, refused.json()["code"]) == (403, "platform_only")


def test_findings__of_a_new_group_are_none() -> None:
    group = make_group()
    assert owner_of(group)("GET", f"groups/{group.slug}/findings/").json() == {"items": [], "next": None, "hasMore": False}
