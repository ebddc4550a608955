"""Whether the archive holds what its manifests say, and whether every event that was ever accepted is somewhere."""

import random
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from archival.choices import HELD_STATES, OPEN_STATES, ObjectState, Verification
from archival.errors import KeyErased, ObjectDamaged, ObjectMissing
from archival.models import ArchiveBatch, ArchiveObject
from archival.services.actors import actor_of
from archival.services.batches import object_verify
from archival.services.installations import installation_here
from archival.sql import rows
from archival.store import store
from ontology.choices import LineLevel
from ontology.models import Group, Run
from ontology.services.record import event_record
from ontology.services.runs.job import Chunk, Job
from ontology.services.runs.journal import run_log

STRAY_HOURS = 24
"""An object that was announced so long ago and that no batch took: its batch was exported anew, or its worker died."""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A month of a group: every event that was accepted is hot, cold, expired or erased, so `gap` is 0. Restored ones are hot."""

    group_id: uuid.UUID
    month: date
    accepted: int
    hot: int
    cold: int
    expired: int
    erased: int

    @property
    def gap(self) -> int:
        """Events that are nowhere; negative: events that nobody accepted."""
        return self.accepted - self.hot - self.cold - self.expired - self.erased


def ledger(group: Group | None = None) -> list[LedgerLine]:
    """The ledger of GROUP, or of every group in scope, by group and month; one query over the hot events' index and the manifests."""
    return [LedgerLine(*line) for line in rows("ledger", {"group": group.pk if group else None})]


def batch_verify(batch: ArchiveBatch) -> Verification:
    """Reads the object of BATCH back whole and writes down what was found; one object, two queries."""
    try:
        object_verify(batch, store())
        found = Verification.SOUND
    except ObjectMissing:
        found = Verification.MISSING
    except (ObjectDamaged, KeyErased):
        found = Verification.DAMAGED
    ArchiveBatch.objects.filter(pk=batch.pk).update(verification=found, verified_at=Now())
    batch.verification = found
    return found


def strays_remove(*, hours: int = STRAY_HOURS) -> int:
    """Removes objects that were announced so many HOURS ago and that no batch counts on; how many. Only this installation's own, by its name."""
    prefix = f"{installation_here().name}/"
    old = ArchiveObject.objects.filter(state=ObjectState.ANNOUNCED, announced_at__lt=timezone.now() - timedelta(hours=hours), key__startswith=prefix)
    removed = 0
    for stray in old.select_related("batch"):
        counted_on = stray.batch.key == stray.key and stray.batch.state in {*OPEN_STATES, *HELD_STATES}
        if counted_on:
            continue
        store().delete(stray.key)
        removed += ArchiveObject.objects.filter(pk=stray.pk, state=ObjectState.ANNOUNCED).update(state=ObjectState.REMOVED, removed_at=Now())
    return removed


def batches_to_verify(*, sample: int | None = None, group: Group | None = None) -> list[uuid.UUID]:
    """The batches whose objects are to be read: all that count, or a random SAMPLE, those never or longest not looked at among the first half."""
    found = ArchiveBatch.objects.filter(state__in=HELD_STATES)
    if group is not None:
        found = found.filter(group=group)
    keys: list[uuid.UUID] = list(found.order_by("verified_at", "id").values_list("id", flat=True))
    if sample is None or sample >= len(keys):
        return keys
    oldest, rest = keys[: sample // 2], keys[sample // 2 :]
    return oldest + random.sample(rest, sample - len(oldest))


@dataclass(slots=True)
class VerifyJob(Job):
    """Reads objects back, removes strays, and adds up the ledger. Parameters: `sample` (batches; none: all). Fails when anything is wrong."""

    _bad: list[str] = field(default_factory=list)
    _gaps: list[dict[str, Any]] = field(default_factory=list)
    _strays: int = 0

    def chunks(self, run: Run) -> Iterator[Chunk]:
        """A chunk an object; then strays, then the ledger."""
        keys = batches_to_verify(sample=run.parameters.get("sample"), group=run.group)
        run.total = len(keys)
        for place, key in enumerate(keys):
            yield Chunk(lambda key=key: self._look(run, key), done=place + 1, atomic=False, step="objects")  # type: ignore[misc]
        yield Chunk(self._sweep, atomic=False, step="strays")
        yield Chunk(lambda: self._add_up(run), step="ledger")

    def _look(self, run: Run, key: uuid.UUID) -> None:
        batch = ArchiveBatch.objects.select_related("group").get(pk=key)
        if batch.state not in HELD_STATES or batch_verify(batch) == Verification.SOUND:
            return
        self._bad.append(str(batch.pk))
        run_log(run, f"{batch.group.slug}, {batch.month:%Y-%m}: the object {batch.key} is {batch.verification}.", LineLevel.ERROR)
        told = {"batch": str(batch.pk), "object": batch.key, "found": batch.verification}
        event_record(batch.group, "archival_failed", actor=actor_of(run), metadata=told)

    def _sweep(self) -> None:
        self._strays = strays_remove()

    def _add_up(self, run: Run) -> None:
        self._gaps = [_gap_told(line) for line in gaps(ledger(run.group))]
        for line in self._gaps:
            run_log(run, f"Ledger of {line['group']}, {line['month']}: {line['gap']:+,} events.", LineLevel.ERROR)

    def finish(self, run: Run) -> dict[str, Any]:
        """{objects, damaged, straysRemoved, ledgerGaps}; what is damaged or missing is a result, and the command says so by its exit code."""
        return {"objects": run.total, "damaged": self._bad, "straysRemoved": self._strays, "ledgerGaps": self._gaps}


def gaps(lines: Iterable[LedgerLine]) -> list[LedgerLine]:
    """The lines that do not add up."""
    return [line for line in lines if line.gap]


def _gap_told(line: LedgerLine) -> dict[str, Any]:
    return {"group": str(line.group_id), "month": f"{line.month:%Y-%m}", "accepted": line.accepted, "gap": line.gap}


def ledger_fold() -> int:
    """Folds the pieces of the ledger, which every write of events adds to; how many. One query."""
    ((count,),) = rows("ledger_fold", {})
    return int(count)
