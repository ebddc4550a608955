"""Advice from what was asked: missing and partial indexes with their proof, and the month's report with N+1, joins and trends."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.db.models import Sum
from django.utils import timezone

from monitoring.database.indexes import index_health
from monitoring.database.missing import MissingIndex, findings_of, missing_indexes
from monitoring.database.overview import StatementLine, bloat, statements_slowest
from monitoring.database.partial import PartialIndex, partial_indexes
from monitoring.database.reading_sql import is_of_application, parsed
from monitoring.database.reports import BLOAT, INDEXES, report_put
from monitoring.models import GroupCost, RepeatedStatement
from quotas.services.plans import plans_by_slug

STATEMENTS = 200
GROUPS = 50
DAYS = 30
JOIN_MS = 50.0
"""From this mean on a join is told as expensive."""


@dataclass(frozen=True, slots=True)
class RepeatedLine:
    """A statement that one request made many times; `times` is the most that was seen."""

    caller: str
    text: str
    times: int
    seen: int
    total_ms: float


@dataclass(frozen=True, slots=True)
class TrendLine:
    """A statement by total time, this half of the span against the half before; the change in percent, null where it is new."""

    query_id: str
    text: str
    calls: int
    total_ms: float
    mean_ms: float
    change_percent: float | None


@dataclass(frozen=True, slots=True)
class GroupLine:
    """What the statements for a group took, beside its plan and the price of that in US cents a month (null: agreed on with each customer).

    A blank group is nobody in particular; one that is gone has no plan.
    """

    group: str
    statements: int
    total_ms: float
    rows: int
    plan: str
    monthly_cents: int | None


@dataclass(frozen=True, slots=True)
class OptimisationReport:
    """The month's report."""

    made_at: str
    days: int
    repeated: Sequence[RepeatedLine]
    missing: Sequence[MissingIndex]
    partial: Sequence[PartialIndex]
    joins: Sequence[StatementLine]
    trends: Sequence[TrendLine]
    groups: Sequence[GroupLine]


def optimisation_report(*, days: int = DAYS) -> OptimisationReport:
    """What to make better, from the samples of DAYS; a query a statement looked at, STATEMENTS at most."""
    since = timezone.now() - timedelta(days=days)
    lines = statements_slowest(since, how_many=STATEMENTS)
    return OptimisationReport(
        made_at=timezone.now().isoformat(),
        days=days,
        repeated=repeated_statements(days=days),
        missing=missing_indexes(lines),
        partial=partial_indexes(lines),
        joins=[line for line in lines if line.mean_ms >= JOIN_MS and _joins(line.text)][:10],
        trends=_trends(days),
        groups=group_costs(days=days),
    )


def _joins(text: str) -> bool:
    """Whether a statement joins tables of the application."""
    tree = parsed(text) if re.search(r"\bJOIN\b", text, re.IGNORECASE) else None
    return tree is not None and is_of_application(tree)


def repeated_statements(*, days: int = DAYS) -> list[RepeatedLine]:
    """N+1: statements that one request made many times, by the time they took; one query."""
    found = RepeatedStatement.objects.filter(last_at__gt=timezone.now() - timedelta(days=days)).order_by("-total_ms")[:20]
    return [RepeatedLine(it.caller, it.text, it.times_max, it.seen, round(it.total_ms, 1)) for it in found]


def group_costs(*, days: int = DAYS) -> list[GroupLine]:
    """Statements, their time and rows by group, the GROUPS that took most, each with its plan and price; two queries."""
    since = timezone.now().date() - timedelta(days=days)
    sums = (
        GroupCost.objects.filter(day__gte=since)
        .values("group_slug")
        .annotate(count=Sum("statements"), ms=Sum("total_ms"), brought=Sum("rows"))
        .order_by("-ms")[:GROUPS]
    )
    lines = list(sums)
    plans = plans_by_slug([it["group_slug"] for it in lines])
    return [GroupLine(it["group_slug"], it["count"], round(it["ms"], 1), it["brought"], *plans.get(it["group_slug"], ("", None))) for it in lines]


def _trends(days: int) -> list[TrendLine]:
    now = timezone.now()
    half = {it.query_id: it for it in statements_slowest(now - timedelta(days=days / 2), how_many=20)}
    whole = {it.query_id: it for it in statements_slowest(now - timedelta(days=days), how_many=STATEMENTS)}
    found = []
    for key, it in half.items():
        before = whole[key].total_ms - it.total_ms if key in whole else 0.0
        change = round(100 * (it.total_ms - before) / before, 1) if before > 0 else None
        found.append(TrendLine(key, it.text, it.calls, it.total_ms, it.mean_ms, change))
    return found


def look_at_indexes() -> None:
    """Keeps, for the pages, what is to be done about indexes and where space is wasted; as many queries as `optimisation_report`."""
    lines = statements_slowest(timezone.now() - timedelta(days=DAYS), how_many=STATEMENTS)
    health = index_health()
    findings = [*health.findings, *findings_of(missing_indexes(lines))]
    report_put(BLOAT, {"lines": [asdict(line) for line in bloat()]})
    told = {"findings": [asdict(it) for it in findings], "partial": [asdict(it) for it in partial_indexes(lines)]}
    report_put(INDEXES, {**told, "indexes": health.indexes, "size_bytes": health.size_bytes, "days_watched": health.days_watched})
