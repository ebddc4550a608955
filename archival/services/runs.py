"""The runs of archives, begun by whichever door."""

from collections.abc import Sequence
from typing import Any

from archival.models import ArchiveBatch
from archival.services.restoring import STAY_DAYS
from ontology.errors import RunExclusive
from ontology.models import Group, Run
from ontology.services.actor import Actor
from ontology.services.runs import NewRun, run_start

ARCHIVE, RESTORE, VERIFY = "archive", "restore", "verify_archive"
QUEUE = "imports"
"""That of long work, so that short tasks of the clock never wait behind it."""


def archive_start(
    *,
    actor: Actor,
    group: Group | None = None,
    days: int | None = None,
    limit: int | None = None,
    max_seconds: int | None = None,
    batch_size: int | None = None,
    foreground: bool = False,
) -> tuple[Run, bool]:
    """The run that archives what is due, of GROUP or of every group, and whether it is new: while one runs, the answer is that one. Two queries.

    FOREGROUND: the caller drives it.
    """
    told: dict[str, Any] = {"days": days, "limit": limit, "maxSeconds": max_seconds}
    new = NewRun(
        kind=ARCHIVE,
        task="" if foreground else "archival.archive_events",
        queue=QUEUE,
        group=group,
        parameters={name: value for name, value in told.items() if value is not None},
        exclusive=f"{ARCHIVE} {group.pk if group else 'every group'}",
        batch_size=batch_size,
    )
    return _started(new, actor)


def restore_start(batches: Sequence[ArchiveBatch], *, actor: Actor, days: int = STAY_DAYS, foreground: bool = False) -> tuple[Run, bool]:
    """The run that restores BATCHES of one group. Two queries."""
    group = batches[0].group
    new = NewRun(
        kind=RESTORE,
        task="" if foreground else "archival.restore_events",
        queue=QUEUE,
        group=group,
        parameters={"batches": [str(batch.pk) for batch in batches], "days": days},
        exclusive=f"{RESTORE} {group.pk}",
        total=sum(batch.rows for batch in batches),
    )
    return _started(new, actor)


def verify_start(*, actor: Actor, group: Group | None = None, sample: int | None = None, foreground: bool = False) -> tuple[Run, bool]:
    """The run that verifies the archive, of GROUP or of every group. Two queries."""
    new = NewRun(
        kind=VERIFY,
        task="" if foreground else "archival.verify_archive",
        queue=QUEUE,
        group=group,
        parameters={} if sample is None else {"sample": sample},
        exclusive=f"{VERIFY} {group.pk if group else 'every group'}",
    )
    return _started(new, actor)


def _started(new: NewRun, actor: Actor) -> tuple[Run, bool]:
    try:
        return run_start(new, actor=actor), True
    except RunExclusive as there:
        return Run.objects.get(pk=str(there.run_id)), False
