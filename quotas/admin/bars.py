"""Bars, trends and words for where a group stands; told by text and shape, and by colour besides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ontology.admin.parts import Cell, Table
from quotas.amounts import amount_text, noun_text
from quotas.choices import Metric, Status
from quotas.models import Usage
from quotas.services.state import MetricState

LABELS = dict(Metric.choices)
COLOURS = {
    Status.OK: "green",
    Status.WARNING: "orange",
    Status.CRITICAL: "red",
    Status.EXCEEDED: "red",
    Status.UNLIMITED: "grey",
}
SIGNS = {Status.OK: "check_circle", Status.WARNING: "warning", Status.CRITICAL: "error", Status.EXCEEDED: "block", Status.UNLIMITED: "all_inclusive"}
"""Material symbols, so that a status is told apart without its colour."""
TREND_WIDTH, TREND_HEIGHT = 240, 48
TREND_DAYS = 30


@dataclass(frozen=True, slots=True)
class QuotaBar:
    """One metric: `fill` and `mark` (where the limit lies, when more is used) are percent of the bar's length."""

    label: str
    used: str
    limit: str
    percent: str
    status: str
    colour: str
    sign: str
    fill: float
    mark: float | None
    spoken: str
    note: str
    trend: "Trend | None"
    override_url: str


@dataclass(frozen=True, slots=True)
class Trend:
    """The last days of a metric as a line and as numbers; `limit_y` is the height of the limit's line, None where it lies out of the picture."""

    points: str
    last_x: str
    last_y: str
    limit_y: str | None
    spoken: str
    table: Table


def quota_bar(state: MetricState, rows: Sequence[Usage] = (), override_url: str = "") -> QuotaBar:
    """The bar of STATE, with the trend of its daily ROWS, the oldest first."""
    label = LABELS[state.metric] + (f" of type {state.subject.partition(':')[2]}" if state.subject else "")
    used, limit = amount_text(state.metric, state.used), amount_text(state.metric, state.limit)
    over = state.limit is not None and state.used > state.limit
    fill = 0.0 if state.limit is None else 100.0 if over else max(min(state.percent or 0, 100), 0.5 if state.used else 0)
    percent = f"{state.percent:,.1f} %" if state.percent is not None else ""
    spoken = f"{label}: {used} of {limit}, {percent}, {state.status.label}" if state.limit is not None else f"{label}: {used}, unlimited"
    return QuotaBar(
        label=label,
        used=used,
        limit="without a limit" if state.limit is None else f"of {limit}",
        percent=percent,
        status=state.status.label,
        colour=COLOURS[state.status],
        sign=SIGNS[state.status],
        fill=fill,
        mark=round(100 * state.limit / state.used, 1) if over and state.limit is not None else None,
        spoken=spoken,
        note=_note(state),
        trend=_trend(label, state, rows) if len(rows) > 1 else None,
        override_url=override_url,
    )


def _note(state: MetricState) -> str:
    words = []
    if state.held:
        words.append(f"{noun_text(state.metric, state.held)} reserved by runs")
    if state.limit is not None and not state.is_hard:
        words.append("a soft limit: it warns and allows")
    if state.limit is not None and state.used > state.limit:
        words.append(f"{amount_text(state.metric, state.used - state.limit)} over: what is there stays, more is refused" if state.is_hard else "")
    return "; ".join(word for word in words if word)


def _trend(label: str, state: MetricState, rows: Sequence[Usage]) -> Trend:
    values = [row.value for row in rows]
    top = max(*values, state.limit if state.limit is not None and state.limit <= 2 * max(values) else 0, 1)
    step = TREND_WIDTH / (len(values) - 1)
    places = [(place * step, TREND_HEIGHT - 2 - (TREND_HEIGHT - 4) * value / top) for place, value in enumerate(values)]
    limit_y = None if state.limit is None or state.limit > top else f"{TREND_HEIGHT - 2 - (TREND_HEIGHT - 4) * state.limit / top:.1f}"
    first, last = amount_text(state.metric, values[0]), amount_text(state.metric, values[-1])
    return Trend(
        points=" ".join(f"{x:.1f},{y:.1f}" for x, y in places),
        last_x=f"{places[-1][0]:.1f}",
        last_y=f"{places[-1][1]:.1f}",
        limit_y=limit_y,
        spoken=f"{label} over {len(values)} days: from {first} to {last}",
        table=Table(
            title=f"{label} by day",
            columns=("Day (UTC)", "Used", "Limit"),
            rows=[(Cell(f"{row.period_start:%Y-%m-%d}"), *_numbers(state.metric, row)) for row in reversed(rows)],
            empty="",
        ),
    )


def _numbers(metric: str, row: Usage) -> tuple[Cell, Cell]:
    return Cell(amount_text(metric, row.value), kind="number"), Cell(amount_text(metric, row.limit), kind="number")


def daily_rows(group_id: Any, since: datetime) -> Mapping[str, list[Usage]]:
    """The daily rows of a group's metrics since a moment, the oldest first; one query."""
    found: dict[str, list[Usage]] = {}
    rows: Iterable[Usage] = Usage.objects.filter(group=group_id, period="daily", subject="", period_start__gte=since).order_by("period_start")
    for row in rows:
        found.setdefault(row.metric, []).append(row)
    return found
