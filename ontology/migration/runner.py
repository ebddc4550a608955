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
from ontology.migration.pace import ROWS_MAX, Pace, Ranges
from ontology.migration.plan import WRITERS, Plan, Report, Tally, shadowed
from ontology.migration.rows_loading import EXCLUSIVE
from ontology.migration.statistics import TABLES, tables_analyze
from ontology.migration.steps import STEPS, KeyedStep, Step
from ontology.migration.steps.step import FIRST_ID, KeyRange
from ontology.models import MigrationMark, Run
from ontology.services.actor import Actor
from ontology.services.bulk import TakenBack, query
from ontology.services.record import platform_record
from ontology.services.runs import Chunk, Driver, Job, NewRun, run_start

KIND = "migration"
ANALYZE_ROWS, ANALYZE_GROWTH = 5_000, 4
"""Statistics follow the first rows of a table that have a group, and then each multiplication of them. Before, no row has one: the checks of keys into it
were planned as if a group held a single row, and read whole groups for each row.
"""
LOCK_TIMEOUT = "200ms"
WAITING_SECONDS = 1.0
"""How often a paused migration looks whether it is resumed."""
_UNIQUE_ATTEMPTS = 3


@dataclass(slots=True)
class MigrateJob(Job):
    """Drives the steps. The cursor is the step, in a step by ranges of keys the id up to which all is done, and the ranges before it that are not; the
    counts are the report's numbers as they grow.
    """

    plan: Plan
    pace: Pace = field(default_factory=Pace)
    lock_waits: int = 0
    writers: int = WRITERS
    _default: uuid.UUID = FIRST_ID
    _since: float = field(default_factory=time.monotonic)

    def chunks(self, run: Run) -> Iterator[Chunk]:
        """First one chunk that decides about a step's rows, then its batches, some side by side."""
        actor = Actor(run.person, Door(run.door), f"run {run.pk}")
        self._default = self.plan.default_group_made(actor)
        names = [step.name for step in STEPS]
        begun = names.index(run.cursor.get("step", names[0]))
        tables_analyze(*TABLES)
        for step in STEPS[begun:]:
            first = {"step": step.name, "after": str(FIRST_ID)}
            ranges = Ranges.told(run.cursor if run.cursor.get("step") == step.name else first)
            if run.cursor.get("step") != step.name:
                yield self._chunk(step, partial(self._whole, step), first)
            if isinstance(step, KeyedStep):
                yield from self._batches(run, step, ranges)
        tables_analyze(*TABLES)

    def finish(self, run: Run) -> dict[str, Any]:
        """The report, and the event that it is done."""
        told = report_of(run)
        told |= {"integrity": {"before": run.parameters.get("before", {}), "after": rows_left()}, "lock_waits": self.lock_waits}
        told |= {"batch_rows": {"smallest": self.pace.smallest, "largest": self.pace.largest}, "longest_batch_ms": round(1000 * self.pace.longest)}
        actor = Actor(run.person, Door(run.door), f"run {run.pk}")
        platform_record("migration_completed", actor=actor, metadata={"run": str(run.pk), **Report(Counter(run.counts.get("tally", {}))).told()})
        return told

    def _batches(self, run: Run, step: KeyedStep, ranges: Ranges) -> Iterator[Chunk]:
        """Those that an interrupted run left open, then what follows them."""
        self.pace.begin(min(run.batch_size or ROWS_MAX, ROWS_MAX))
        for left in list(ranges.open):
            yield self._batch(step, left, ranges)
        after, rows, analyzed = ranges.until, 0, 0
        while True:
            self.pace.rest()
            self.pace.most = min(run.batch_size or ROWS_MAX, ROWS_MAX)
            keys = step.next_range(after, min(self.pace.rows, self.pace.most))
            if keys is None:
                break
            ranges.open.append(keys)
            yield self._batch(step, keys, ranges)
            after, rows = keys.until, rows + keys.rows
            if rows >= max(ANALYZE_ROWS, ANALYZE_GROWTH * analyzed):
                analyzed = rows
                tables_analyze(*step.referred)
        if rows > analyzed:
            tables_analyze(*step.referred)

    def _batch(self, step: KeyedStep, keys: KeyRange, ranges: Ranges) -> Chunk:
        return self._chunk(step, partial(self._range, step, keys), {}, keys, ranges)

    def _chunk(
        self, step: Step, act: Callable[[int], Tally], cursor: dict[str, Any], keys: KeyRange | None = None, ranges: Ranges | None = None
    ) -> Chunk:
        """A chunk whose numbers are added to the run's once its statements are done."""
        tally: Tally = Counter()
        began = [0.0]

        def write() -> None:
            began[0] = time.monotonic()
            tally.clear()
            tally.update(self._patient(step, act))

        def settle(run: Run) -> None:
            number = keys.rows if keys else 0
            sums = Counter(run.counts.get("tally", {})) + tally
            seconds, rows = run.counts.get("seconds", {}), run.counts.get("rows", {})
            now = time.monotonic()
            seconds[step.name], self._since = round(seconds.get(step.name, 0.0) + now - self._since, 3), now
            rows[step.name] = rows.get(step.name, 0) + number
            run.counts, run.done = {"tally": dict(sums), "seconds": seconds, "rows": rows}, run.done + number
            run.cursor = ranges.with_done(keys) if keys and ranges else cursor

        def committed() -> None:
            if keys and ranges:
                ranges.done(keys)
                self.pace.took(keys.rows, time.monotonic() - began[0])

        return Chunk(write=write, step=step.name, settle=settle, committed=committed, concurrent=keys is not None)

    def _whole(self, step: Step, _refused: int) -> Tally:
        """Decides by statements over all rows, planned for the rows that there are, in memory as far as they fit."""
        query("migration_decides", {})
        step.decide(self.plan, self._default)
        return step.apply(self.plan, self._default)

    def _range(self, step: KeyedStep, keys: KeyRange, refused: int) -> Tally:
        query("migration_by_index", {})
        taken = step.taken(self._default, keys) if refused else []
        return step.apply_range(self.plan, self._default, keys, taken)

    def _patient(self, step: Step, act: Callable[[int], Tally]) -> Tally:
        """Does ACT, and marks its transaction; waits for a lock no longer than others may wait behind it, which the driver tries again. Whose key another
        row has is looked for at the second attempt alone.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
        for attempt in range(1, _UNIQUE_ATTEMPTS + 1):
            try:
                with transaction.atomic():
                    tally = act(attempt - 1)
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
    run = Driver(MigrateJob(told, writers=plan.writers), should_stop=lambda: time.monotonic() > ends).drive(run.pk)
    while run.state == RunState.PAUSED and waits and _resumed(run, ends):
        run = Driver(MigrateJob(told, writers=plan.writers), should_stop=lambda: time.monotonic() > ends).drive(run.pk)
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
