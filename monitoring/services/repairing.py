"""Repairs: shown before they are done, done as runs, and taken back as runs."""

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import batched
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from monitoring.checks.check import Repair
from monitoring.checks.registry import BY_NAME
from monitoring.choices import FindingState
from monitoring.errors import NothingToRepair, RepairNotUndoable
from monitoring.models import Finding, RepairedRow
from monitoring.services.findings import check_and_write
from monitoring.sql import rows
from ontology.choices import Door, LineLevel, RunState
from ontology.ids import uuid7
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Connection, Event, Group, Knowledge, Run, Thing, ThingKnowledge
from ontology.services.actor import Actor
from ontology.services.record import event_record
from ontology.services.runs import Chunk, Job, NewRun, run_start
from ontology.services.runs.journal import run_log
from quotas.services.recount import usage_drift, usage_mend

KIND, TASK = "repair", "monitoring.repair"
UNDO_KIND, UNDO_TASK = "repair_undo", "monitoring.undo_repair"
QUEUE, EVENT = "maintenance", "monitoring_alert"
CHUNK_ROWS, FINDINGS_MAX = 200, 10_000
MODELS: dict[str, type[Model]] = {"thing": Thing, "connection": Connection, "event": Event, "knowledge": Knowledge, "link": ThingKnowledge}


@dataclass(frozen=True, slots=True)
class Repaired:
    """A row before its repair and after; no repair where none is offered, no row after where it goes into quarantine."""

    finding: Finding
    repair: Repair | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """The fields that change: name, before, after."""
        before, after = self.before or {}, self.after or {}
        return [(name, before.get(name), after.get(name)) for name in {**before, **after} if before.get(name) != after.get(name)]


def repair_preview(findings: Iterable[Finding]) -> list[Repaired]:
    """What repairing FINDINGS would do to each row; a query a kind of row."""
    found = list(findings)
    with acting(PLATFORM_SCOPE):
        known = {kind: _rows_told(kind, [each.record_id for each in found if each.kind == kind]) for kind in {each.kind for each in found}}
        return [_previewed(each, known[each.kind].get(each.record_id)) for each in found]


def _rows_told(kind: str, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    model = MODELS.get(kind)
    if model is None:
        return {}
    hidden = {"embedding"}
    names = [each.attname for each in model._meta.concrete_fields if each.name not in hidden]
    told = model._default_manager.filter(pk__in=ids).order_by().values(*names)
    return {str(row["id"]): json.loads(json.dumps(row, cls=DjangoJSONEncoder)) for row in told}


def _previewed(finding: Finding, before: dict[str, Any] | None) -> Repaired:
    repair = BY_NAME[finding.rule].repair_of(finding.kind)
    if finding.kind == "usage":
        told = finding.metadata
        return Repaired(finding, repair, {"value": told["recorded"]}, {"value": told["counted"]})
    if before is None or repair is None:
        return Repaired(finding, repair, before, before)
    match repair:
        case Repair.DELETE:
            after: dict[str, Any] | None = {**before, "deleted_at": before.get("deleted_at") or "now"}
        case Repair.CLEAR if finding.kind == "event":
            after = {**before, **{f"{role}_id": None for role in finding.metadata.get("refers", {})}}
        case Repair.CLEAR:
            after = {**before, "source_thing_id": None, "source_field": ""}
        case _:
            after = None
    return Repaired(finding, repair, before, after)


def repair_start(findings: Iterable[Finding], *, actor: Actor, foreground: bool = False) -> Run:
    """Begins a run that repairs FINDINGS, as far as a repair is offered. Raises NothingToRepair, RunExclusive while another run repairs."""
    chosen = [each for each in findings if each.state != FindingState.RESOLVED and BY_NAME[each.rule].repair_of(each.kind)][:FINDINGS_MAX]
    if not chosen:
        raise NothingToRepair
    groups = {each.group_id for each in chosen}
    group = chosen[0].group if len(groups) == 1 else None
    told = {"findings": [str(each.pk) for each in chosen], "rules": sorted({each.rule for each in chosen})}
    new = NewRun(KIND, "" if foreground else TASK, QUEUE, group, told, exclusive="repair", total=len(chosen))
    return run_start(new, actor=actor)


def repair_undo(run: Run, *, actor: Actor, foreground: bool = False) -> Run:
    """Begins a run that gives the rows of a repair back what they were. Raises RepairNotUndoable, RunExclusive."""
    if run.kind != KIND or run.state not in {RunState.SUCCEEDED, RunState.CANCELLED, RunState.FAILED}:
        raise RepairNotUndoable("Only a repair that has ended can be undone.")
    left = RepairedRow.objects.filter(run=run, undone_at__isnull=True).count()
    if not left:
        raise RepairNotUndoable("The repair changed nothing, or is undone already.")
    told = {"undoes": str(run.pk), "rules": run.parameters["rules"]}
    new = NewRun(UNDO_KIND, "" if foreground else UNDO_TASK, QUEUE, run.group, told, exclusive="repair", total=left, parent=run)
    return run_start(new, actor=actor)


@dataclass(slots=True)
class _RepairingJob(Job):
    """What repairs and their undoing share: rows in chunks, then a look whether they are whole."""

    _stays: list[str] = field(default_factory=list)

    def finish(self, run: Run) -> dict[str, Any]:
        """{done, stay}: rows changed, and why others stay (the first of them)."""
        return {"done": int(run.counts.get("done", 0)), "stay": int(run.counts.get("stay", 0)), "because": sorted(set(self._stays))[:20]}

    def _settled(self, run: Run, outcomes: Sequence[str]) -> None:
        for why in outcomes:
            name = "stay" if why else "done"
            run.counts = {**run.counts, name: int(run.counts.get(name, 0)) + 1}
            if why:
                self._stays.append(why)
                run_log(run, why, LineLevel.WARNING)

    def _look_again(self, run: Run) -> Chunk:
        checks = [BY_NAME[rule] for rule in run.parameters["rules"]]
        return Chunk(lambda: _checked_again(checks, run.group), step="checks again", atomic=False)


def _checked_again(checks: Sequence[Any], group: Group | None) -> None:
    check_and_write(checks, group=group)


@dataclass(slots=True)
class RepairJob(_RepairingJob):
    """Repairs the findings that its parameters name."""

    def chunks(self, run: Run) -> Iterator[Chunk]:
        """Chunks of findings in the order of the parameters; then the checks look again."""
        ids: list[str] = run.parameters["findings"]
        begin = int(run.cursor.get("done", 0))
        for part in batched(ids[begin:], run.batch_size or CHUNK_ROWS):
            begin += len(part)
            yield Chunk(partial(self._repair, run, part), cursor={"done": begin}, done=begin, step="repairs")
        yield self._look_again(run)

    def _repair(self, run: Run, ids: Sequence[str]) -> None:
        by_group: dict[uuid.UUID | None, list[Finding]] = {}
        for finding in Finding.objects.filter(pk__in=ids).select_related("group").order_by("id"):
            by_group.setdefault(finding.group_id, []).append(finding)
        for findings in by_group.values():
            event = uuid7()
            outcomes = [_repaired(run, finding, event) for finding in findings]
            self._settled(run, outcomes)
            told = {
                "change": "repaired",
                "run": str(run.pk),
                "findings": [str(each.pk) for each, why in zip(findings, outcomes, strict=True) if not why],
            }
            event_record(findings[0].group or Group.objects.platform(), EVENT, actor=_actor(run), metadata=told, event_id=event)


def _repaired(run: Run, finding: Finding, event: uuid.UUID) -> str:
    """Repairs one row; why it stays, "" where it does not."""
    repair = BY_NAME[finding.rule].repair_of(finding.kind)
    if repair is Repair.RECOUNT:
        return _recounted(run, finding)
    told = {"run": run.pk, "finding": finding.pk, "repair": repair.value if repair else "", "deletion": event}
    return str(rows("repair", told)[0][0])


def _recounted(run: Run, finding: Finding) -> str:
    """Counts the usage of the finding's group anew; what was recorded is kept with what no statement had folded yet."""
    if finding.group is None:
        return "The group is there no more."
    told = (finding.metadata["metric"], finding.metadata["subject"])
    found = {(each.metric, each.subject): each for each in usage_drift(finding.group)}.get(told)
    if found is None:
        return "It is counted anew already."
    before, after = {"value": found.recorded}, {"value": found.counted}
    usage_mend(finding.group, actor=_actor(run))
    RepairedRow.objects.create(
        run=run,
        finding=finding,
        group=finding.group,
        kind=finding.kind,
        record_id=finding.record_id,
        repair=Repair.RECOUNT.value,
        before=before,
        after=after,
    )
    return ""


@dataclass(slots=True)
class RepairUndoJob(_RepairingJob):
    """Gives the rows of its parent's repair back what they were, the last first."""

    def chunks(self, run: Run) -> Iterator[Chunk]:
        """Chunks of rows that are not undone; then the checks look again."""
        left = RepairedRow.objects.filter(run=run.parent_id, undone_at__isnull=True).order_by("-id").values_list("pk", flat=True)
        done = run.done
        for part in batched(list(left), run.batch_size or CHUNK_ROWS):
            done += len(part)
            yield Chunk(partial(self._undo, run, part), done=done, step="rows")
        yield self._look_again(run)

    def _undo(self, run: Run, keys: Sequence[uuid.UUID]) -> None:
        by_group: dict[uuid.UUID | None, list[RepairedRow]] = {}
        for row in RepairedRow.objects.filter(pk__in=keys).select_related("group", "finding").order_by("-id"):
            by_group.setdefault(row.group_id, []).append(row)
        for repaired in by_group.values():
            outcomes = [_undone(run, row) for row in repaired]
            self._settled(run, outcomes)
            told = {"change": "repair_undone", "run": str(run.pk), "undoes": str(run.parent_id), "rows": outcomes.count("")}
            event_record(repaired[0].group or Group.objects.platform(), EVENT, actor=_actor(run), metadata=told)


def _undone(run: Run, row: RepairedRow) -> str:
    return str(rows("repair_undo", {"run": run.pk, "row": row.pk})[0][0])


def _actor(run: Run) -> Actor:
    return Actor(run.person, Door(run.door), f"run {run.pk}")
