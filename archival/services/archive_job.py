"""Archiving as long work: batch after batch, group after group, until nothing is due."""

import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from archival.choices import OPEN_STATES
from archival.errors import HoldForbids, LeaseLost, RowsChanged, StoreError
from archival.models import ArchiveBatch
from archival.services.actors import actor_of
from archival.services.batches import Busy, Worker, batch_archive, batch_claim, batch_take_over
from archival.services.carrying import carried_anew
from archival.services.installations import installation_here
from archival.services.partitions import empty_partitions_drop
from archival.services.policies import rules_of
from archival.services.restoring import due_go_cold
from archival.sql import rows
from ontology.choices import LineLevel
from ontology.models import Group, Run
from ontology.querysets import PLATFORM_SLUG
from ontology.services.record import event_record
from ontology.services.runs.job import Chunk, Job
from ontology.services.runs.journal import run_log
from ontology.services.runs.lease import is_gone, worker_name

WRITERS = 2
"""Batches that are moved side by side: while one is packed here, the database reads or deletes another. More gain nothing on two cores."""


@dataclass(slots=True)
class GroupTally:
    """What a run did in a group: events archived and failed, batches, and how long it took, in ms."""

    group: str
    archived: int = 0
    failed: int = 0
    batches: int = 0
    duration: int = 0


@dataclass(slots=True)
class ArchiveJob(Job):
    """Moves what is older than each group's cutoff, as it stood when the run began: every group's, or one's.

    The run's parameters may hold `days` (instead of the groups' own rules), `limit` (events at most) and `maxSeconds`.
    """

    writers: int = WRITERS
    name: str = field(default_factory=worker_name)
    _tallies: dict[uuid.UUID, GroupTally] = field(default_factory=dict)
    _errors: list[str] = field(default_factory=list)
    _stop_at: float = float("inf")
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def chunks(self, run: Run) -> Iterator[Chunk]:
        """First what dead workers left, then group by group, then what is due of restored batches, and empty partitions."""
        installation_here()
        worker = Worker(self.name, run, actor_of(run))
        seconds = run.parameters.get("maxSeconds")
        self._stop_at = time.monotonic() + seconds if seconds else float("inf")
        groups = self._groups(run)
        if run.total is None:
            run.total = sum(due_count(group, cutoff) for group, cutoff in groups)
        yield from self._left_behind(run, worker)
        for group, cutoff in groups:
            yield from self._of_group(run, worker, group, cutoff)
        yield Chunk(lambda: self._put_away(run), atomic=False, step="restored batches")
        yield Chunk(lambda: _done(carried_anew(run.group)), atomic=False, step="metrics defined since")
        yield Chunk(lambda: self._recorded(run), step="record")
        yield Chunk(lambda: _done(empty_partitions_drop()), atomic=False, step="empty partitions")
        if self._errors:
            failed = sum(it.failed for it in self._tallies.values())
            raise StoreError(f"{f'{failed:,} events' if failed else 'Restored events'} stay in the database for now. {self._errors[-1]}")

    def _groups(self, run: Run) -> list[tuple[Group, datetime]]:
        days, began = run.parameters.get("days"), run.created_at
        groups = [run.group] if run.group is not None else Group.objects.exclude(slug=PLATFORM_SLUG).order_by("slug")
        if days is not None:
            return [(group, began - timedelta(days=days)) for group in groups]
        return [(group, cutoff) for group in groups if (cutoff := rules_of(group).cutoff(began)) is not None]

    def _left_behind(self, run: Run, worker: Worker) -> Iterator[Chunk]:
        """Batches whose worker is gone: at once where it ran on this machine, else when its lease has ended."""
        mine = None if run.group is None else [run.group.pk]
        for batch in ArchiveBatch.objects.filter(state__in=OPEN_STATES, lease_until__gt=timezone.now()):
            if is_gone(batch.worker):
                ArchiveBatch.objects.filter(pk=batch.pk, fence=batch.fence).update(lease_until=Now())
        tried: set[uuid.UUID] = set()
        while not self._is_over(run) and (taken := batch_take_over(worker, mine)) is not None and taken.pk not in tried:
            tried.add(taken.pk)
            yield self._chunk(run, taken)

    def _of_group(self, run: Run, worker: Worker, group: Group, cutoff: datetime) -> Iterator[Chunk]:
        """Batch by batch, months side by side; a month has one batch at a time, so the rest of it waits until the others are done."""
        limit = run.parameters.get("limit")
        left: set[date] = set()
        waiting: set[date] = set()
        while not self._is_over(run):
            size = run.batch_size or settings.ARCHIVE_BATCH_ROWS
            claimed = batch_claim(group, cutoff, size=min(size, limit - run.done) if limit else size, worker=worker, busy=left | waiting)
            if isinstance(claimed, Busy):
                waiting.add(claimed.month)
            elif claimed is not None:
                yield self._chunk(run, claimed, concurrent=limit is None)
            elif waiting:
                yield Chunk(_nothing, atomic=False)  # waits for all before it
                # What is open still is another worker's, or failed; the next run sees to it.
                left |= set(ArchiveBatch.objects.filter(group=group, state__in=OPEN_STATES).values_list("month", flat=True))
                waiting = set()
            else:
                return

    def _is_over(self, run: Run) -> bool:
        limit = run.parameters.get("limit")
        return time.monotonic() > self._stop_at or (limit is not None and run.done >= limit)

    def _chunk(self, run: Run, batch: ArchiveBatch, *, concurrent: bool = False) -> Chunk:
        step = f"{batch.group.slug}, {batch.month:%Y-%m}"
        return Chunk(lambda: self._write(run, batch), atomic=False, settle=self._settle, step=step, concurrent=concurrent)

    def _write(self, run: Run, batch: ArchiveBatch) -> None:
        """Archives BATCH; what the store or others prevent is counted, and its events stay where they are."""
        began, archived, failed = time.monotonic(), 0, 0
        try:
            done = batch_archive(batch)
            archived = done.rows if done.closed_at else 0
        except LeaseLost as lost:
            run_log(run, str(lost), LineLevel.WARNING)
        except (StoreError, RowsChanged) as refused:
            failed = batch.rows or 1
            self._errors.append(str(refused))
            run_log(run, f"{batch.group.slug}, {batch.month:%Y-%m}: {refused}", LineLevel.WARNING)
        with self._counting:
            tally = self._tally(batch.group)
            tally.archived += archived
            tally.failed += failed
            tally.batches += 1 if archived else 0
            tally.duration += int((time.monotonic() - began) * 1000)

    def _put_away(self, run: Run) -> None:
        """Restored batches whose time is over go cold again; one that cannot keeps no other from it, and one that is held is no failure."""
        _, stay = due_go_cold(run.group)
        for batch, refused in stay:
            sentence = f"{batch.group.slug}, {batch.month:%Y-%m}: {refused}"
            run_log(run, sentence, LineLevel.WARNING)
            if not isinstance(refused, HoldForbids):
                self._errors.append(sentence)

    def _tally(self, group: Group) -> GroupTally:
        return self._tallies.setdefault(group.pk, GroupTally(group.slug))

    def _settle(self, run: Run) -> None:
        run.done = sum(it.archived for it in self._tallies.values())
        run.counts = {
            "archived": run.done,
            "failed": sum(it.failed for it in self._tallies.values()),
            "batches": sum(it.batches for it in self._tallies.values()),
        }

    def _recorded(self, run: Run) -> None:
        """An event in each group of which something moved, or should have."""
        for group_id, it in self._tallies.items():
            told = {"run": str(run.pk), "archived": it.archived, "failed": it.failed, "batches": it.batches}
            actor = actor_of(run)
            if it.archived or it.failed:
                event_record(Group.objects.get(pk=group_id), "archival_failed" if it.failed else "archival_completed", actor=actor, metadata=told)

    def finish(self, run: Run) -> dict[str, Any]:
        """The answer that the command prints and the run keeps."""
        return answer_of(list(self._tallies.values()))

    def told(self, run: Run) -> str:
        """What is in the archive by now."""
        return f"{run.done:,} events are archived."


def answer_of(tallies: list[GroupTally]) -> dict[str, Any]:
    """{groupsProcessed, totalArchived, totalFailed, totalTime, batches, successRate}; times in seconds, durations in ms."""
    archived, failed = sum(it.archived for it in tallies), sum(it.failed for it in tallies)
    return {
        "groupsProcessed": len(tallies),
        "totalArchived": archived,
        "totalFailed": failed,
        "totalTime": round(sum(it.duration for it in tallies) / 1000, 3),
        "batches": [{"groupId": it.group, "archived": it.archived, "failed": it.failed, "duration": it.duration} for it in tallies],
        "successRate": round(100 * archived / (archived + failed), 2) if archived + failed else 100.0,
    }


def due_count(group: Group, cutoff: datetime) -> int:
    """Hot events of GROUP from before CUTOFF that are not restored ones; one query over their index entries."""
    ((count,),) = rows("events_due", {"group": group.pk, "cutoff": cutoff})
    return int(count)


def _nothing() -> None:
    """What a chunk does that only waits for the others."""


def _done(count: int) -> None:
    """What becomes of a count that no chunk keeps."""
