"""Rolling back, as a run: the file is verified, the present state saved, and one transaction changes everything or nothing."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from ontology.choices import RUN_STATES_ENDED, Door
from ontology.errors import RollbackRefused
from ontology.migration.backup import Manifest, backup_verify, backup_write, database_identity
from ontology.migration.rollback.exactly import demand_nothing_reserved, exact_apply, exact_plan
from ontology.migration.rollback.keeping import Outcome, Wish, keeping_apply, keeping_plan
from ontology.migration.rollback.locks import indexes_beside, lock
from ontology.migration.rollback.staging import saved_tables, stage
from ontology.migration.rollback.tables import KEPT, SavedTable
from ontology.migration.rows_loading import EXCLUSIVE
from ontology.models import Group, Run
from ontology.services.actor import Actor
from ontology.services.bulk import TakenBack
from ontology.services.record import platform_record
from ontology.services.runs import Chunk, Driver, Job, NewRun, run_start

KIND = "rollback"
KEEP, EXACT = "keep", "exact"


@dataclass(frozen=True, slots=True)
class Rollback:
    """What a rollback is told: the backup, how, and the one group it is about, if any."""

    path: Path
    mode: str = KEEP
    group: Group | None = None

    @property
    def is_whole_and_exact(self) -> bool:
        """Whether tables end as they were, rather than rows."""
        return self.mode == EXACT and self.group is None

    def tables(self, manifest: Manifest) -> list[SavedTable]:
        """The tables it is about."""
        rest = sorted(set(manifest.tables) - set(KEPT)) if self.is_whole_and_exact else []
        return saved_tables(manifest, [*KEPT, *rest])

    def planned(self, tables: list[SavedTable]) -> Outcome:
        """Decides about each saved row; nothing is changed."""
        if self.is_whole_and_exact:
            return exact_plan(tables)
        return keeping_plan(tables, Wish(self.mode == EXACT, self.group.pk if self.group else None))


@dataclass(slots=True)
class RollbackJob(Job):
    """One chunk: a rollback is done whole or not at all."""

    rollback: Rollback
    manifest: Manifest
    saved: Path | None = None
    outcome: Outcome = field(default_factory=Outcome)
    writers_waited_seconds: float = 0.0

    def chunks(self, run: Run) -> Iterator[Chunk]:
        """The one chunk, none once it is done."""
        if not run.cursor:
            yield Chunk(write=lambda: self._write(run), cursor={"done": True}, settle=self._settle, step=self.rollback.mode)

    def finish(self, run: Run) -> dict[str, Any]:
        """The report."""
        return dict(run.counts)

    def _settle(self, run: Run) -> None:
        run.done = run.total = self.outcome.rows
        told = {"run": str(run.pk), "saved": str(self.saved), "writers_waited_seconds": self.writers_waited_seconds}
        run.counts = {**report_of(self.rollback, self.outcome), **told}

    def _write(self, run: Run) -> None:
        tables = self.rollback.tables(self.manifest)
        stage(self.rollback.path, self.manifest, tables)
        if not self.rollback.is_whole_and_exact:
            self.saved = present_save(self.rollback.path)
        lock([table.name for table in tables])
        began = time.monotonic()
        if self.rollback.is_whole_and_exact:
            demand_nothing_reserved(run.pk)
            self.saved = present_save(self.rollback.path)
        try:
            self._apply(run, tables)
        except IntegrityError as refused:
            raise RollbackRefused(
                f"Rows that the backup does not hold stand in the way; nothing was touched. {str(refused).splitlines()[0]}"
            ) from None
        self.writers_waited_seconds = round(time.monotonic() - began, 3)

    def _apply(self, run: Run, tables: list[SavedTable]) -> None:
        self.outcome = self.rollback.planned(tables)
        if self.rollback.is_whole_and_exact:
            exact_apply(tables, self.manifest, self.outcome, run.pk)
        else:
            keeping_apply(tables, run.pk, self.rollback.path.name)
        assert self.saved is not None
        told = {"run": str(run.pk), "saved": self.saved.name, "backup": self.rollback.path.name, **report_of(self.rollback, self.outcome)}
        platform_record("rollback_completed", actor=Actor(run.person, Door(run.door), f"run {run.pk}"), metadata=told)


def report_of(rollback: Rollback, outcome: Outcome) -> dict[str, Any]:
    """What a rollback did, or would do."""
    return {
        "mode": rollback.mode,
        "group": rollback.group.slug if rollback.group else None,
        "rows": outcome.rows,
        "tables": outcome.tables,
        "conflicts": outcome.conflicts,
        "conflicts_listed": outcome.listed,
        "events_in_archive": outcome.in_archive,
    }


def present_save(path: Path) -> Path:
    """Writes a backup of the tables as they are beside PATH; its place. Raises BackupRefused."""
    saved = path.with_name(f"{path.name.removesuffix('.backup')}.before-rollback-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.backup")
    backup_write(saved)
    return saved


def rollback_run(rollback: Rollback, *, actor: Actor, dry_run: bool = False) -> dict[str, Any]:
    """Rolls back in the foreground, as a run; the report. With DRY_RUN the report of what would come back now, with no write and no lock.

    Raises BackupRefused and RollbackRefused before or instead of any change, RunExclusive while a migration is under way.
    """
    manifest = backup_verify(rollback.path, database=database_identity())
    if dry_run:
        report: dict[str, Any] = {}
        try:
            with transaction.atomic():
                tables = rollback.tables(manifest)
                stage(rollback.path, manifest, tables)
                report |= report_of(rollback, rollback.planned(tables))
                raise TakenBack
        except TakenBack:
            return report
    parameters = {"backup": rollback.path.name, "mode": rollback.mode, "group": rollback.group.slug if rollback.group else None}
    run = _left_over(parameters) or run_start(NewRun(KIND, exclusive=EXCLUSIVE, parameters=parameters), actor=actor)
    with indexes_beside():
        return dict(Driver(RollbackJob(rollback, manifest)).drive(run.pk).result)


def _left_over(parameters: dict[str, Any]) -> Run | None:
    """A rollback that did not come to its end, and so changed nothing: this one takes its place. One that is under way is found by whoever claims it."""
    run = Run.objects.filter(kind=KIND, exclusive=EXCLUSIVE).exclude(state__in=RUN_STATES_ENDED).first()
    if run is not None and not run.cursor:
        Run.objects.filter(pk=run.pk).update(parameters=parameters)
        return run
    return None
