"""What a run's page shows: how far it is, what may be done with it, its rate, its log, its children."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from ontology.admin.charts import Chart, Point
from ontology.admin.figures import Figure
from ontology.admin.parts import Cell, Table, badge, json_block, moment_text, page_url, progress_bar
from ontology.choices import RunState
from ontology.models import Run, RunLine
from ontology.services.undo import UNDOABLE

STATE_COLOURS = {
    RunState.NEW: "grey",
    RunState.RUNNING: "blue",
    RunState.PAUSING: "blue",
    RunState.PAUSED: "grey",
    RunState.CANCELLING: "orange",
    RunState.CANCELLED: "grey",
    RunState.INTERRUPTED: "orange",
    RunState.FAILED: "red",
    RunState.SUCCEEDED: "green",
}
WAITING = frozenset({"migration"})
"""Kinds whose command waits while the run is paused, and goes on by itself once it is resumed."""
LINES_SHOWN, CHILDREN_SHOWN, REJECTS_SHOWN, RECORD_LETTERS = 100, 20, 10, 120
_MOVING = frozenset({RunState.NEW, RunState.RUNNING, RunState.PAUSING, RunState.CANCELLING, RunState.INTERRUPTED})
_LEVEL_COLOURS = {"info": "grey", "warning": "orange", "error": "red"}


@dataclass(frozen=True, slots=True)
class Act:
    """A button: what it is called, where it leads, whether it is the one to press first, and whether it cannot be taken back."""

    label: str
    url: str
    first: bool = False
    danger: bool = False


@dataclass(frozen=True, slots=True)
class RunPage:
    """The page; `live` says whether it goes on changing."""

    run: Run
    live: bool
    state: SafeString
    bar: SafeString
    figures: Sequence[Figure]
    acts: Sequence[Act]
    chart: Chart
    log: Table
    tables: Sequence[Table]
    tune_url: str = ""
    correct_url: str = ""
    rejects_url: str = ""
    facts: Sequence[tuple[str, SafeString]] = field(default_factory=tuple)


def state_badge(run: Run) -> SafeString:
    """Where RUN stands."""
    return badge(STATE_COLOURS[RunState(run.state)], run.get_state_display())


def run_bar(run: Run) -> SafeString:
    """How far RUN is."""
    return progress_bar(f"Progress of {run.kind}", run.done, run.total)


def is_live(run: Run) -> bool:
    """Whether RUN goes on changing by itself."""
    return run.state in _MOVING


def run_page(run: Run, *, may_act: bool) -> RunPage:
    """The page of RUN, with its buttons for those who MAY_ACT; six queries."""
    rejects = run.rejects.count()
    return RunPage(
        run=run,
        live=is_live(run),
        state=state_badge(run),
        bar=run_bar(run),
        figures=_figures(run, rejects),
        acts=_acts(run) if may_act else (),
        chart=_chart(run),
        log=_log(run),
        tables=[table for table in (_counts(run), _rejects(run, rejects), _children(run)) if table.rows],
        tune_url=_at(run, "tune") if may_act and not run.has_ended else "",
        correct_url=_at(run, "correct") if may_act and rejects and _takes_corrections(run) else "",
        rejects_url=_at(run, "rejects") if rejects else "",
        facts=[*_by_hand(run), ("Parameters", json_block(run.parameters)), ("Place", json_block(run.cursor)), ("Result", json_block(run.result))],
    )


def _by_hand(run: Run) -> list[tuple[str, SafeString]]:
    """How a run goes on whose command ended: it acts as the owner of the tables, which no worker may."""
    if run.kind not in WAITING or run.has_ended:
        return []
    return [("To go on where its command ended", json_block(f"manage.py migrate_ontology --resume {run.pk}"))]


def _at(run: Run, act: str) -> str:
    return reverse(f"admin:ontology_run_{act}", args=[run.pk])


def _takes_corrections(run: Run) -> bool:
    return run.kind == "import" and run.state in {RunState.SUCCEEDED, RunState.CANCELLED} and not run.parameters.get("dryRun")


def _figures(run: Run, rejects: int) -> list[Figure]:
    rate = run.done / run.seconds if run.seconds else 0.0
    left = run.time_left
    return [
        Figure("Done", f"{run.done:,}", f"of {run.total:,}" if run.total is not None else "the total is not known yet", "", "task_alt"),
        Figure("Rate", f"{rate:,.0f}", "records a second", "", "speed"),
        Figure("Took", _span(timedelta(seconds=run.seconds)), "from the first chunk on", "", "timer"),
        Figure("Left", _span(left) if left is not None else "unknown", "at this rate", "", "hourglass_bottom"),
        Figure("Rejected" if run.kind != "undo" else "Stay as they are", f"{rejects:,}", "with their reasons", "", "report"),
    ]


def _span(length: timedelta) -> str:
    seconds = round(length.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes} min {seconds} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _acts(run: Run) -> list[Act]:
    state = RunState(run.state)
    acts = []
    if run.parameters.get("dryRun") and state is RunState.SUCCEEDED and "upload" in run.parameters:
        acts.append(Act("Load it in earnest", _at(run, "start"), first=True))
    if state in {RunState.NEW, RunState.RUNNING, RunState.INTERRUPTED}:
        acts.append(Act("Pause", _at(run, "pause")))
    if state in {RunState.PAUSED, RunState.INTERRUPTED, RunState.FAILED, RunState.PAUSING} and (
        run.task or state is RunState.PAUSING or (run.kind in WAITING and state is RunState.PAUSED)
    ):
        acts.append(Act("Resume", _at(run, "resume"), first=True))
    if not run.has_ended and state is not RunState.CANCELLING:
        acts.append(Act("Cancel", _at(run, "cancel"), danger=True))
    if run.kind in UNDOABLE and run.state in {RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED, RunState.PAUSED} and run.writes.exists():
        acts.append(Act("Undo", _at(run, "undo"), danger=True))
    return acts


def _chart(run: Run) -> Chart:
    samples = list(run.samples.order_by("at").values_list("at", "done"))
    begun = [(run.started_at, 0)] if run.started_at is not None and samples else []
    points = [
        Point(f"{at:%H:%M:%S}", round((done - before_done) / max((at - before).total_seconds(), 0.001)))
        for (before, before_done), (at, done) in pairwise([*begun, *samples])
    ]
    return Chart(
        "Rate",
        points,
        "records a second",
        kind="line",
        columns=("Moment (UTC)", "Records a second"),
        empty="Its rate is drawn once it has worked for some seconds.",
    )


def _log(run: Run) -> Table:
    lines: list[RunLine] = list(run.lines.order_by("-id")[:LINES_SHOWN])
    return Table(
        title="Log",
        columns=("Moment (UTC)", "What"),
        rows=[(Cell(moment_text(line.at), kind="number"), Cell(line.text, kind=f"log-{line.level}")) for line in lines],
        empty="Nothing was written into its log.",
        note=f"The latest {LINES_SHOWN}." if len(lines) == LINES_SHOWN else "",
    )


def _counts(run: Run) -> Table:
    tallies = {kind: tally for kind, tally in run.counts.items() if isinstance(tally, dict)}
    return Table(
        title="Records by kind",
        columns=("Kind", "Created", "Updated", "Skipped", "Rejected"),
        rows=[
            (Cell(kind or "unreadable"), *(Cell(f"{tally.get(name, 0):,}", kind="number") for name in ("created", "updated", "skipped", "rejected")))
            for kind, tally in tallies.items()
        ],
        empty="",
    )


def _rejects(run: Run, count: int) -> Table:
    shown = list(run.rejects.order_by("line")[:REJECTS_SHOWN]) if count else []
    return Table(
        title="Rows that stay" if run.kind == "undo" else "Rejected records",
        columns=("Line", "Why", "Record"),
        rows=[
            (
                Cell(f"{row.line:,}", kind="number"),
                Cell(" ".join(problem["error"] for problem in row.problems)),
                Cell(bytes(row.text)[:RECORD_LETTERS].decode(errors="replace"), kind="json"),
            )
            for row in shown
        ],
        empty="",
        note=f"The first {REJECTS_SHOWN} of {count:,}." if count > REJECTS_SHOWN else "",
    )


def _children(run: Run) -> Table:
    found: list[Run] = list(Run.objects.filter(parent=run).order_by("-id")[:CHILDREN_SHOWN])
    found += [run.parent] if run.parent is not None else []
    return Table(
        title="Undone by, and undoes",
        columns=("Run", "State", "Done", "Started (UTC)"),
        rows=[
            (
                Cell(f"{each.kind}, which this one undoes" if each.pk == run.parent_id else each.kind, page_url(Run, each.pk)),
                Cell(each.get_state_display(), kind=f"state-{each.state}"),
                Cell(f"{each.done:,}", kind="number"),
                Cell(moment_text(each.created_at), kind="number"),
            )
            for each in found
        ],
        empty="",
    )


def live_parts(run: Run) -> dict[str, Any]:
    """What of a list's row changes while RUN works, as HTML."""
    return {"state": str(state_badge(run)), "progress": str(run_bar(run)), "live": is_live(run)}
