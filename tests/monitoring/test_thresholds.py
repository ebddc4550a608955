"""Edges of thresholds, and whose hold."""

import pytest

from monitoring.models import QualityThreshold
from monitoring.services.standards import standards_by_group
from monitoring.thresholds import SHIPPED, Standing, share, worst
from tests.factories import make_group

EDGES = [
    ("referential_integrity", 100.0, "healthy"),
    ("referential_integrity", 99.0, "healthy"),
    ("referential_integrity", 98.999999, "warning"),
    ("referential_integrity", 95.0, "warning"),
    ("referential_integrity", 94.999999, "critical"),
    ("orphaned_references", 0, "healthy"),
    ("orphaned_references", 1, "critical"),
    ("cross_group_violations", 0, "healthy"),
    ("cross_group_violations", 1, "critical"),
    ("missing_groups", 0, "healthy"),
    ("missing_groups", 1, "critical"),
    ("malformed_properties", 0.01, "healthy"),
    ("malformed_properties", 0.010001, "warning"),
    ("malformed_properties", 0.1, "warning"),
    ("malformed_properties", 0.100001, "critical"),
    ("schema_compliance", 95.0, "healthy"),
    ("schema_compliance", 94.999999, "warning"),
    ("schema_compliance", 90.0, "warning"),
    ("schema_compliance", 89.999999, "critical"),
    ("archival_progress", 90.0, "healthy"),
    ("archival_progress", 89.999999, "warning"),
    ("archival_progress", 70.0, "warning"),
    ("archival_progress", 69.999999, "critical"),
]


@pytest.mark.parametrize(("metric", "value", "standing"), EDGES)
def test_threshold__at_its_edges(metric: str, value: float, standing: str) -> None:
    assert SHIPPED[metric].standing(value).value == standing


def test_edges__are_of_every_metric() -> None:
    assert {metric for metric, _, _ in EDGES} == set(SHIPPED)


def test_share__of_nothing_is_whole() -> None:
    assert (share(0, 0), share(1, 4), share(3, 3)) == (100.0, 25.0, 100.0)


def test_worst__of_none_is_healthy() -> None:
    assert worst([]) is Standing.HEALTHY
    assert worst([Standing.CRITICAL, Standing.WARNING, Standing.HEALTHY]) is Standing.CRITICAL


@pytest.mark.django_db
def test_standards__of_the_group_before_those_of_its_plan() -> None:
    planned, own, plain = make_group(plan="pro"), make_group(plan="pro"), make_group(plan="starter")
    QualityThreshold.objects.create(metric="schema_compliance", plan_id="pro", healthy=80, warning=60)
    QualityThreshold.objects.create(metric="schema_compliance", group=own, healthy=70, warning=50)
    found = standards_by_group([planned, own, plain])
    assert [found[group.pk]["schema_compliance"].standing(65).value for group in (planned, own, plain)] == ["warning", "warning", "critical"]
    assert found[own.pk]["schema_compliance"].standing(70) is Standing.HEALTHY
    assert found[own.pk]["archival_progress"] == SHIPPED["archival_progress"]
    assert found[None] == SHIPPED
