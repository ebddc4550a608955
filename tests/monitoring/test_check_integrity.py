"""The command check_integrity: its report, its JSON, its exit code."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from ontology.isolation import PLATFORM_SCOPE, acting
from tests.factories import make_group
from tests.monitoring.planting import DEFECTS, sql, two_groups

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_runs")]


def asked(*arguments: str) -> tuple[str, int]:
    """What `check_integrity` prints, and its exit code."""
    out = io.StringIO()
    try:
        with acting(PLATFORM_SCOPE):
            sql("SET CONSTRAINTS ALL IMMEDIATE")
            call_command("check_integrity", *arguments, stdout=out)
    except CommandError as refused:
        return out.getvalue(), refused.returncode
    return out.getvalue(), 0


def test_check_integrity__of_whole_data() -> None:
    make_group()
    text, code = asked()
    assert (code, text.splitlines()[-1]) == (0, "healthy: 0 broken rows.")


@pytest.mark.parametrize(("defect", "status", "expected"), [("stale_v0", "healthy", 0), ("cycle", "warning", 1), ("missing_group", "critical", 2)])
def test_check_integrity__tells_by_its_exit_code(defect: str, status: str, expected: int) -> None:
    planted = DEFECTS[defect](*two_groups())
    text, code = asked("--json")
    report = json.loads(text)
    assert (code, report["status"]) == (expected, status)
    assert planted.ids <= {issue["recordId"] for issue in report["issues"]}
    assert list(report) == ["status", "summary", "details", "issues"]


def test_check_integrity__of_one_group_with_a_limit() -> None:
    group, other = two_groups()
    DEFECTS["cycle"](group, other)
    text, code = asked("--group", group.slug, "--limit", "2")
    assert (code, text.count("warning  cycle: ")) == (1, 2)
    assert asked("--group", other.slug)[1] == 0


@pytest.mark.parametrize("arguments", [("--group", "nobody"), ("--limit", "-1")])
def test_check_integrity__misused(arguments: tuple[str, ...]) -> None:
    assert asked(*arguments) == ("", 3)
