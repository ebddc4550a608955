"""Row 7 of the bar: behind policies, lists and searches of a tenant of 200,000 things keep the index they have without; `make bench` has the times."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from pytest_django import DjangoDbBlocker

from ontology.isolation import acting
from ontology.models import Group, Thing
from tests.questions import INDEXED, SEARCHES
from tests.roles import as_role, scope_of
from tests.tenant import make_tenant

pytestmark = pytest.mark.django_db
THINGS = 200_000
TOUCHED_MAX = 1_000
"""Pages read at most: a scan of the tenant reads several thousand."""


@pytest.fixture(scope="module")
def tenant(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Group]:
    """Made once for all tests here, in a transaction around theirs."""
    with django_db_blocker.unblock(), transaction.atomic():
        make_tenant(1_000)
        yield make_tenant(THINGS)
        transaction.set_rollback(True)


def explained(rows: QuerySet[Any]) -> dict[str, Any]:
    """The plan of ROWS, as it was carried out."""
    plan: dict[str, Any] = json.loads(rows.explain(format="json", analyze=True, buffers=True, costs=False))[0]["Plan"]
    return plan


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes(child))]


def used(plan: dict[str, Any]) -> set[str]:
    """The indexes of PLAN, those of partitions without their month."""
    names = {node["Index Name"] for node in nodes(plan) if "Index Name" in node and node.get("Actual Loops")}
    return {name.partition("_2026")[0] if "ontology_event_2" in name else name for name in names}


def test_plans__keep_their_index_behind_policies(tenant: Group) -> None:
    without = {name: explained(question(tenant)) for name, question in INDEXED.items()}
    with as_role(), acting(scope_of(tenant)):
        within = {name: explained(question(tenant)) for name, question in INDEXED.items()}

    assert {name: used(plan) for name, plan in within.items()} == {name: used(plan) for name, plan in without.items()}
    assert {name: node for name, plan in within.items() for node in nodes(plan) if node.get("Rows Removed by Filter", 0) > TOUCHED_MAX} == {}
    assert {
        name: plan["Shared Hit Blocks"] for name, plan in within.items() if plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] > TOUCHED_MAX
    } == {}


def test_plans__ask_for_the_scope_once_a_statement(tenant: Group) -> None:
    with as_role(), acting(scope_of(tenant)):
        plan = explained(INDEXED["latest 100 things"](tenant))

    loops = [node["Actual Loops"] for node in nodes(plan) if node.get("Subplan Name", "").startswith("InitPlan")]
    assert loops
    assert max(loops) <= 1


@pytest.mark.parametrize("name", SEARCHES)
def test_search__finds_the_same_as_without_policies(tenant: Group, name: str) -> None:
    behind, bare = SEARCHES[name]
    expected = list(bare(tenant).values_list("pk", flat=True))
    with as_role(), acting(scope_of(tenant)):
        found = list(behind(tenant).values_list("pk", flat=True))

    assert found == expected
    assert found


def test_search__of_a_rare_word_reads_few_pages_and_like_behind_a_policy_reads_many(tenant: Group) -> None:
    """The control is the search that the function replaces: behind the policy it reads the tenant."""
    behind, bare = SEARCHES["things named like a rare word"]
    with as_role(), acting(scope_of(tenant)):
        good, naive = explained(behind(tenant)), explained(bare(tenant))

    assert good["Shared Hit Blocks"] + good["Shared Read Blocks"] < TOUCHED_MAX
    assert naive["Shared Hit Blocks"] + naive["Shared Read Blocks"] > 3 * TOUCHED_MAX


def test_search__keeps_to_the_scope(tenant: Group) -> None:
    other = make_tenant(100)
    with as_role(), acting(scope_of(other)):
        assert not Thing.objects.named_like("thing", group_id=tenant.pk).exists()
        assert set(Thing.objects.named_like("thing").values_list("group_id", flat=True)) == {other.pk}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ontology_things_named_like('%%', %s, NULL, 10)", [tenant.pk])
        assert cursor.fetchone() == (0,)
