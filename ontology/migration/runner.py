"""Migrating: deciding, then changing rows batch by batch beside everybody's work; each batch is committed with its place."""

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import psycopg
from django.db import IntegrityError, OperationalError, connection, transaction

from ontology.choices import Door, RunState
from ontology.errors import RunNotResumable
from ontology.migration.plan import Plan, Report, Tally, shadowed
from ontology.migration.rows_loading import EXCLUSIVE
from ontology.migration.steps import STEPS, KeyedStep, Step
from ontology.migration.steps.enrolling import Enrolling
from ontology.migration.steps.step import FIRST_ID, KeyRange
from ontology.models import MigrationMark, Run
from ontology.services.actor import Actor
from ontology.services.bulk import TakenBack, query
from ontology.services.record import platform_record
from ontology.services.runs import Chunk, Driver, Job, NewRun, run_start

KIND = "migration"
TARGET_SECONDS = 0.2
BUSY_SECONDS = 0.4
"""A batch that took so long met a busy database: the next waits for as long."""
ROWS_FIRST, ROWS_MIN, ROWS_MAX = 500, 50, 10_000
LOCK_TIMEOUT = "200ms"
WAITING_SECONDS = 1.0
"""How often a paused migration looks whether it is resumed."""
_UNIQUE_ATTEMPTS = 3


@dataclass(slots=True)
class Pace:
    """How many rows the next batch has: what fits into TARGET_SECONDS, at most doubled or halved at a time, at most `most`."""

    most: int = ROWS_MAX
    rows: int = ROWS_FIRST
    smallest: int = 0
    largest: int = 0

    def took(self, rows: int, seconds: float) -> None:
        """Hears of a batch."""
        self.smallest, self.largest = min(self.smallest or rows, rows), max(self.largest, rows)
        fitting = self.rows * min(2.0, max(0.5, TARGET_SECONDS / max(seconds, 1e-3)))
        self.rows = min(self.most, max(min(ROWS_MIN, self.most), int(fitting)))
        if seconds > BUSY_SECONDS:
            time.sleep(min(seconds, 2.0))


@dataclass(slots=True)
class MigrateJob(Job):
    """Drives the steps. The cursor is the step, and in a step by ranges of keys the last id; the counts are the report's numbers as they grow."""

    plan: Plan
    pace: Pace = field(default_factory=Pace)
    lock_waits: int = 0
    _default: uuid.UUID = FIRST_ID

    def chunks(self, run: Run) -> Iterator[Chunk]:
        """First one chunk that decides about a step's rows, then its batches."""
        actor = Actor(run.person, Door(run.door), f"run {run.pk}")
        self._default = self.plan.default_group_made(actor)
        names = [step.name for step in STEPS]
        begun = names.index(run.cursor.get("step", names[0]))
        for number, step in enumerate(STEPS[begun:], begun):
            after = run.cursor.get("after") if run.cursor.get("step") == step.name else None
            if after is None:
                yield self._chunk(step, partial(self._whole, step), run.done, {"step": step.name, "after": str(FIRST_ID)})
            if isinstance(step, KeyedStep):
                yield from self._batches(run, step, uuid.UUID(after) if after else FIRST_ID)
            following = names[number + 1] if number + 1 < len(names) else step.name
            if following != step.name:
                run.cursor = {"step": following}

    def finish(self, run: Run) -> dict[str, Any]:
        """The report, and the event that it is done."""
        told = report_of(run)
        told |= {"integrity": {"before": run.parameters.get("before", {}), "after": rows_left()}}
        told |= {"lock_waits": self.lock_waits, "batch_rows": {"smallest": self.pace.smallest, "largest": self.pace.largest}}
        actor = Actor(run.person, Door(run.door), f"run {run.pk}")
        platform_record("migration_completed", actor=actor, metadata={"run": str(run.pk), **Report(Counter(run.counts.get("tally", {}))).told()})
        return told

    def _batches(self, run: Run, step: KeyedStep, after: uuid.UUID) -> Iterator[Chunk]:
        while True:
            self.pace.most = min(run.batch_size or ROWS_MAX, ROWS_MAX)
            keys = step.next_range(after, min(self.pace.rows, self.pace.most))
            if keys is None:
                return
            act = partial(self._range, step, keys)
            yield self._chunk(step, act, run.done + keys.rows, {"step": step.name, "after": str(keys.until)}, keys)
            after = keys.until

    def _chunk(self, step: Step, act: Callable[[], Tally], done: int, cursor: dict[str, str], keys: KeyRange | None = None) -> Chunk:
        """A chunk whose numbers are added to the run's once its statements are done."""
        tally: Tally = Counter()
        took = [0.0]

        def write() -> None:
            began = time.monotonic()
            tally.clear()
            tally.update(self._patient(step, act))
            took[0] = time.monotonic() - began

        def settle(run: Run) -> None:
            sums = Counter(run.counts.get("tally", {})) + tally
            seconds, rows = run.counts.get("seconds", {}), run.counts.get("rows", {})
            seconds[step.name] = round(seconds.get(step.name, 0.0) + took[0], 3)
            rows[step.name] = rows.get(step.name, 0) + (keys.rows if keys else 0)
            run.counts = {"tally": dict(sums), "seconds": seconds, "rows": rows}

        return Chunk(
            write=write,
            cursor=cursor,
            done=done,
            step=step.name,
            settle=settle,
            committed=lambda: self.pace.took(keys.rows, took[0]) if keys else None,
        )

    def _whole(self, step: Step) -> Tally:
        """Decides by statements over all rows, planned for the rows that there are."""
        if isinstance(step, Enrolling) or step.name == "things":
            query("tables_analyze", {})
        step.decide(self.plan, self._default)
        return step.apply(self.plan, self._default)

    def _range(self, step: KeyedStep, keys: KeyRange) -> Tally:
        return step.apply_range(self.plan, self._default, keys)

    def _patient(self, step: Step, act: Callable[[], Tally]) -> Tally:
        """Does ACT, and marks its transaction; waits for a lock no longer than others may wait behind it, which the driver tries again. A key taken by somebody meanwhile
        is seen at the second attempt.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
        for attempt in range(1, _UNIQUE_ATTEMPTS + 1):
            try:
                with transaction.atomic():
                    tally = act()
                    if step.marks:
                        MigrationMark.objects.create(run_id=self.plan.run_id, step=step.name)
                    return tally
            except IntegrityError as refused:
                if attempt == _UNIQUE_ATTEMPTS or not isinstance(refused.__cause__, psycopg.errors.UniqueViolation):
                    raise
            except OperationalError as refused:
                self.lock_waits += isinstance(refused.__cause__, psycopg.errors.LockNotAvailable)
                raise
        raise AssertionError


def rows_left() -> dict[str, int]:
    """Legacy rows that are left, by table; one query."""
    return dict(query("migration_rows_left", {}))


def report_of(run: Run) -> dict[str, Any]:
    """The report of a run as far as it is, with seconds and rows per second of each step."""
    seconds, rows = run.counts.get("seconds", {}), run.counts.get("rows", {})
    steps = {
        name: {"rows": rows.get(name, 0), "seconds": took, "rows_per_second": round(rows.get(name, 0) / took) if took else None}
        for name, took in seconds.items()
    }
    return {"run": str(run.pk), "rows_read": sum(rows.values()), "steps": steps, **Report(Counter(run.counts.get("tally", {}))).told()}


def migration_validate(plan: Plan) -> dict[str, Any]:
    """The report of what a migration would do now; nothing is written."""
    report = Report()
    with shadowed():
        default = plan.default_group()
        for step in STEPS:
            step.decide(plan, default)
        for step in STEPS:
            report.tally += step.validate(plan, default)
        left = rows_left()
    return {"rows_read": sum(left.values()), "integrity": {"before": left}, **report.told()}


def migration_run(
    plan: Plan, *, actor: Actor, dry_run: bool = False, batch_size: int | None = None, max_seconds: float | None = None, resume: Run | None = None
) -> Run:
    """Migrates in the foreground, as a run; the run as it is left, its report under `result` once it succeeded.

    While somebody pauses the run this waits, and goes on once it is resumed: no worker may, since none owns the tables. DRY_RUN does the same in one
    transaction that is taken back. After MAX_SECONDS the run is interrupted at a batch's edge. Raises RunExclusive.
    """
    if resume is not None and resume.kind != KIND:
        raise RunNotResumable(f"The run {resume.pk} is no migration.")
    ends = time.monotonic() + max_seconds if max_seconds is not None else float("inf")
    if dry_run:
        found: list[Run] = []
        try:
            with transaction.atomic():
                found.append(_driven(plan, actor, batch_size, ends, None, waits=False))
                raise TakenBack
        except TakenBack:
            return found[0]
    return _driven(plan, actor, batch_size, ends, resume)


def _driven(plan: Plan, actor: Actor, batch_size: int | None, ends: float, resume: Run | None, *, waits: bool = True) -> Run:
    run = resume or _started(plan, actor, batch_size)
    told = Plan(run.parameters["infer"], run.parameters["defaultGroup"], run.pk)
    run = Driver(MigrateJob(told), should_stop=lambda: time.monotonic() > ends).drive(run.pk)
    while run.state == RunState.PAUSED and waits and _resumed(run, ends):
        run = Driver(MigrateJob(told), should_stop=lambda: time.monotonic() > ends).drive(run.pk)
    return run


def _resumed(run: Run, ends: float) -> bool:
    """Waits, while RUN is paused, for whoever paused it; whether it is to go on."""
    while run.state == RunState.PAUSED and time.monotonic() < ends:
        time.sleep(WAITING_SECONDS)
        run.refresh_from_db()
    return run.state == RunState.NEW


def _started(plan: Plan, actor: Actor, batch_size: int | None) -> Run:
    left = rows_left()
    told = {"infer": plan.infer, "defaultGroup": plan.default_slug, "before": left, "at": datetime.now(UTC).isoformat()}
    with transaction.atomic():
        run = run_start(NewRun(KIND, exclusive=EXCLUSIVE, total=sum(left.values()), parameters=told, batch_size=batch_size), actor=actor)
        platform_record("migration_started", actor=actor, metadata={"run": str(run.pk), "rows": left})
    return run
