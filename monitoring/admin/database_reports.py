"""Kept reports as tables, and a statement's two days as charts."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Sum
from django.db.models.functions import TruncHour
from django.utils import timezone

from monitoring.admin.database_parts import cells, short, statement_cell
from monitoring.models import StatementSample
from ontology.admin.charts import Chart, Point, bytes_text
from ontology.admin.parts import NOTHING, Cell, Table
from quotas.pricing import money_text

type Line = Mapping[str, Any]

TABLES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "findings": (
        "Findings",
        {"kind": "What", "name": "Index", "table": "Table", "size_bytes": "Size", "reason": "Why", "do": "To do", "undo": "To undo"},
    ),
    "repeated": (
        "Repeated within one request (N+1)",
        {"caller": "Caller", "times": "Times at most", "seen": "Requests", "total_ms": "Total ms", "text": "Statement"},
    ),
    "missing": (
        "Missing indexes",
        {
            "table": "Table",
            "columns": "Columns",
            "calls": "Calls",
            "cost_before": "Cost now",
            "cost_after": "Cost with it",
            "proof": "How that is known",
            "do": "To do",
            "undo": "To undo",
        },
    ),
    "partial": (
        "Indexes that could hold a part",
        {
            "index": "Index",
            "condition": "Rows where",
            "share_percent": "Part of the rows, %",
            "bytes_saved": "Saved",
            "do": "To do",
            "undo": "To undo",
        },
    ),
    "joins": ("Expensive joins", {"text": "Statement", "calls": "Calls", "total_ms": "Total ms", "mean_ms": "Mean ms"}),
    "trends": (
        "Statements by total time, and against the half before",
        {"text": "Statement", "calls": "Calls", "total_ms": "Total ms", "mean_ms": "Mean ms", "change_percent": "Change, %"},
    ),
    "groups": (
        "Cost by group",
        {
            "group": "Group",
            "statements": "Statements",
            "rows": "Rows",
            "total_ms": "Total ms",
            "plan": "Plan",
            "monthly_cents": "Price a month",
        },
    ),
}
"""The parts of reports in the order in which they are shown: title, and columns by what a line calls them."""


def report_tables(content: Line) -> list[Table]:
    """The lists of a kept report, each with its columns."""
    found = []
    for name, (title, columns) in TABLES.items():
        if name in content:
            lines: Sequence[Line] = content[name]
            found.append(Table(title, list(columns.values()), [[_cell(line, column) for column in columns] for line in lines], "Nothing."))
    return found


def _cell(line: Line, column: str) -> Cell:
    value = line.get(column)
    if column == "text" and "query_id" in line:
        return statement_cell(value or "", line["query_id"])
    if column == "monthly_cents":
        return Cell(money_text(value) if line.get("plan") else NOTHING)
    if column == "group":
        return Cell(value or "(no group)")
    if column in {"size_bytes", "bytes_saved"}:
        return Cell(bytes_text(value or 0))
    if isinstance(value, list):
        return Cell(", ".join(map(str, value)))
    return Cell(short(value) or NOTHING) if isinstance(value, str) else cells(f"{value:,}" if isinstance(value, int | float) else value)[0]


def statement_charts(query_id: int) -> list[Chart]:
    """Calls and mean time by the hour over two days; one query."""
    since = timezone.now() - timedelta(days=2)
    hours = (
        StatementSample.objects.filter(query_id=query_id, taken_at__gt=since)
        .annotate(hour=TruncHour("taken_at"))
        .values("hour")
        .annotate(count=Sum("calls"), ms=Sum("total_ms"))
        .order_by("hour")
    )
    told = [(f"{it['hour']:%d %b %H:%M}", it["count"], it["ms"]) for it in hours]
    empty = "It was not called in the last two days, as far as samples tell."
    return [
        Chart(
            title="Mean ms of a call",
            points=[Point(at, round(ms / count, 3)) for at, count, ms in told],
            columns=("Hour from", "Mean ms"),
            empty=empty,
        ),
        Chart(title="Calls", points=[Point(at, float(count)) for at, count, _ in told], columns=("Hour from", "Calls"), empty=empty),
    ]
