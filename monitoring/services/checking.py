"""Checks asked for by a person: as a run, so that nobody waits at a page."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from monitoring.checks.registry import CHECKS
from monitoring.services.conditions import checks_observed, metrics_observed
from monitoring.services.findings import Written, check_and_write
from monitoring.services.jobs import check_daily, snapshots_write
from monitoring.services.quality import metrics_by_group
from monitoring.services.standards import standards_by_group
from ontology.choices import Door
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Group, Run
from ontology.services.actor import Actor
from ontology.services.record import event_record
from ontology.services.runs import Chunk, Job, NewRun, run_start

KIND, TASK = "check", "monitoring.check_now"


def check_start(group: Group | None, *, actor: Actor) -> Run:
    """Begins a run that checks GROUP, or everything, and takes a snapshot. Raises RunExclusive while another run checks the same."""
    return run_start(NewRun(KIND, TASK, "maintenance", group, exclusive=f"check:{group.pk if group else 'platform'}", total=1), actor=actor)


def check_group(group: Group, *, actor: Actor) -> Written:
    """Runs every check over GROUP, writes findings and its snapshot, and tells conditions. One event."""
    with acting(PLATFORM_SCOPE):
        found, written = check_and_write(group=group)
        measured, standards = metrics_by_group(found, [group]), standards_by_group([group])
        snapshots_write(found, {group.pk: measured[group.pk]}, standards)
        checks_observed(CHECKS, standards)
        metrics_observed({group.pk: measured[group.pk]}, standards)
        told = {"change": "check", "opened": written.opened, "seenAgain": written.seen, "resolved": written.resolved}
        event_record(group, "monitoring_snapshot", actor=actor, metadata=told)
    return written


@dataclass(slots=True)
class CheckJob(Job):
    """Checks the run's group, or everything."""

    _written: Written = field(default_factory=lambda: Written(0, 0, 0))

    def chunks(self, run: Run) -> Iterator[Chunk]:
        """One chunk, safe to repeat."""
        yield Chunk(lambda: self._check(run), done=1, step="checks", atomic=False)

    def _check(self, run: Run) -> None:
        actor = Actor(run.person, Door(run.door), f"run {run.pk}")
        self._written = check_group(run.group, actor=actor) if run.group else check_daily(actor=actor)

    def finish(self, run: Run) -> dict[str, Any]:
        """{opened, seenAgain, resolved} findings."""
        return {"opened": self._written.opened, "seenAgain": self._written.seen, "resolved": self._written.resolved}
