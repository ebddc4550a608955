"""Row 35 of the bar, in small: every kind of defect is found with exactly its ids, and nothing in whole data."""

import pytest
from django.utils import timezone

from monitoring.checks.registry import BY_NAME, CHECKS
from monitoring.services.integrity import report_of
from monitoring.services.surveying import survey
from tests.factories import make_event, make_knowledge
from tests.monitoring.planting import DEFECTS, make_connection, make_link, make_thing, sql, two_groups
from tests.roles import as_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("platform_acts", "clock_runs")]


def found() -> dict[str, set[str]]:
    """What every check finds, by its name; none that finds nothing."""
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    rows = survey(limit=1000).rows
    return {name: {row.record_id for row in broken} for name, broken in rows.items() if broken}


def whole_data() -> None:
    one, other = two_groups()
    for group in (one, other):
        start = make_thing(group, type="creator")
        make_connection(group, start, make_thing(group))
        make_connection(group, make_thing(group), make_thing(group), type="part_of")
        make_event(group, actor=start, type="user_login", metadata={"email": "ann@example.org"}, timestamp=timezone.now())
        make_knowledge(group, source_thing=start)
        make_link(group)
        make_thing(group, deleted_at=timezone.now(), properties={"price": "wrong, but deleted"})


def test_checks__find_nothing_in_whole_data() -> None:
    whole_data()
    with as_role("worker"):
        assert found() == {}


def test_checks__are_all_planted() -> None:
    assert list(DEFECTS) == [check.name for check in CHECKS]


@pytest.mark.parametrize("name", DEFECTS)
def test_check__finds_exactly_what_is_planted(name: str) -> None:
    whole_data()
    planted = DEFECTS[name](*two_groups())
    with as_role("worker"):
        expected = {name: planted.ids} | ({"unvalidated_constraint": planted.rules} if planted.rules else {})
        assert found() == expected


@pytest.mark.parametrize("name", DEFECTS)
def test_check__of_one_group_finds_its_own_alone_and_says_what_is_wrong(name: str) -> None:
    group, other = two_groups()
    planted = DEFECTS[name](group, other)
    check = BY_NAME[name]
    of_platform = name in {"missing_group", "unvalidated_constraint", "missed_run"}
    found = survey([check], group=None if of_platform else group, limit=1000)
    assert {row.record_id for row in found.rows[name]} == planted.ids
    assert survey([check], group=other).total(name) == 0
    assert of_platform is (survey([check], group=group).total(name) == 0)
    issues = [issue.as_json() for issue in report_of(found).issues]
    assert [issue["description"] for issue in issues if "?" in issue["description"]] == []
    assert {issue["severity"] for issue in issues} == {check.severity.value}
