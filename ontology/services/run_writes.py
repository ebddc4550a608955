"""What runs did to rows, kept so that it can be taken back."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone

from ontology.choices import RowKind
from ontology.models import Run, RunKept, RunWrite


class Written(NamedTuple):
    """What was done to rows of one kind in one group: `act` is created, updated or removed."""

    group_id: uuid.UUID
    kind: str
    act: str


type Ids = Mapping[Written, Sequence[str]]


def writes_keep(run: Run, writes: Ids, events: Ids) -> None:
    """Writes down what a chunk of RUN did, after it was done and in its transaction; EVENTS hold the old values of what was updated. One query."""
    RunWrite.objects.bulk_create(
        [
            RunWrite(run=run, group_id=done.group_id, kind=done.kind, act=done.act, ids=list(ids), events=list(events.get(done, ())))
            for done, ids in writes.items()
            if ids and done.kind in RowKind.values
        ]
    )


def writes_forget(days: int) -> int:
    """Deletes what is kept of runs that ended more than DAYS ago, which then can no more be undone; how many rows."""
    ended = Run.objects.filter(finished_at__lt=timezone.now() - timedelta(days=days)).values("pk")
    return RunWrite.objects.filter(run__in=ended).delete()[0] + RunKept.objects.filter(run__in=ended).delete()[0]
