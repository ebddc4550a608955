"""Undoing a run: what it created is taken away, what it changed is put back, row by row and last things first; rows edited since stay and are listed."""

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import batched
from typing import Any

from ontology.choices import Door, RowAct, RowKind, RunState
from ontology.errors import RunNotUndoable
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Group, Run, RunReject, RunWrite
from ontology.services.actor import PLATFORM, Actor
from ontology.services.bulk import query
from ontology.services.import_uploads import is_within_group
from ontology.services.record import platform_record
from ontology.services.run_writes import Written, writes_keep
from ontology.services.runs import Chunk, Job, NewRun, run_start
from ontology.services.thing_changes import things_update

KIND, TASK = "undo", "ontology.undo_run"
UNDOABLE = frozenset({"import", "bulk_call", KIND})
CHUNK_ROWS = 2_000
_TAKE = {RowKind.THING: "undo_things", RowKind.CONNECTION: "undo_connections", RowKind.KNOWLEDGE: "undo_knowledge"}
_PUT_BACK = {
    RowKind.THING: "undo_put_back_things",
    RowKind.CONNECTION: "undo_put_back_connections",
    RowKind.EVENT: "undo_put_back_events",
    RowKind.KNOWLEDGE: "undo_put_back_knowledge",
}
_ORDER = (
    *((RowAct.REMOVED, kind) for kind in (RowKind.THING, RowKind.CONNECTION, RowKind.KNOWLEDGE, RowKind.EVENT)),
    *((RowAct.UPDATED, kind) for kind in RowKind),
    *((RowAct.CREATED, kind) for kind in (RowKind.EVENT, RowKind.KNOWLEDGE, RowKind.CONNECTION, RowKind.THING)),
)
"""What is undone before what: things come back before what refers to them, and go after it."""
_SETTLED = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED, RunState.PAUSED, RunState.INTERRUPTED})

type Stay = tuple[uuid.UUID, str]
"""A row that stays as it is, and why."""


def run_undo(run: Run, *, actor: Actor | None = None, foreground: bool = False) -> Run:
    """Begins to undo RUN, as a run of its own that can itself be undone; where it wrote beyond its group, only whoever governs the platform.

    Raises RunNotUndoable, and RunExclusive while RUN is being undone already.
    """
    if run.kind not in UNDOABLE:
        raise RunNotUndoable(f"A run of the kind {run.kind} cannot be undone; imports, bulk calls and undoings can.")
    if run.state not in _SETTLED:
        raise RunNotUndoable(f"The run is {run.get_state_display().lower()}; pause or cancel it first.")
    if not run.writes.exists():
        raise RunNotUndoable("The run wrote nothing that could be taken back, or its record of what it wrote has been forgotten by now.")
    if Run.objects.filter(parent=run, kind=KIND, state=RunState.SUCCEEDED).exclude(children__kind=KIND, children__state=RunState.SUCCEEDED).exists():
        raise RunNotUndoable("The run is undone already; undo that undoing to bring it back.")
    who = actor or PLATFORM
    if _wrote_beyond(run) and (not who.governs or is_within_group(who)):
        raise RunNotUndoable("The run wrote rows of other groups too; whoever governs the platform can undo it.")
    total = sum(len(write.ids) for write in run.writes.only("ids"))
    task = "" if foreground else TASK
    new = NewRun(KIND, task, "imports", run.group, {"undoes": str(run.pk), "of": run.kind}, exclusive=f"undo:{run.pk}", total=total, parent=run)
    return run_start(new, actor=actor)


def _wrote_beyond(run: Run) -> bool:
    """Whether RUN wrote rows of groups that are neither its own nor below it; a query, none for a run of the platform."""
    if run.group is None:
        return False
    with acting(PLATFORM_SCOPE):
        return RunWrite.objects.filter(run=run).exclude(group__in=Group.objects.within(run.group)).exists()


@dataclass(slots=True)
class UndoJob(Job):
    """Walks back through what the parent of the run wrote."""

    _written: dict[Written, list[str]] = field(default_factory=dict)
    _events: dict[Written, list[str]] = field(default_factory=dict)

    def reaches_every_group(self, run: Run) -> bool:
        """As far as the run that it undoes; who may begin that is asked by run_undo."""
        return run.parent is not None and Actor(run.person).governs and _wrote_beyond(run.parent)

    def chunks(self, run: Run) -> Iterator[Chunk]:
        """Chunks of at most CHUNK_ROWS rows of one write of the run that is undone, in _ORDER and the last write first."""
        done, skip = run.done, run.cursor.get("done", 0)
        seen = 0
        found = RunWrite.objects.filter(run=run.parent_id).order_by("-id").values_list("pk", "kind", "act")
        for write_id, _, _ in sorted(found, key=lambda one: _ORDER.index((one[2], one[1]))):
            write = RunWrite.objects.select_related("group").get(pk=write_id)
            for places in batched(range(len(write.ids)), run.batch_size or CHUNK_ROWS):
                seen += len(places)
                if seen <= skip:
                    continue
                done += len(places)
                yield Chunk(write=partial(self._undo, run, write, list(places)), cursor={"done": seen}, done=done, step=f"{write.kind} {write.act}")

    def finish(self, run: Run) -> dict[str, Any]:
        """How many rows stay as they are; the event."""
        stay = run.rejects.count()
        told = {
            "run": str(run.pk),
            "undoes": str(run.parent_id),
            "rows": run.done - stay,
            "stay": stay,
            "group": run.group.slug if run.group else None,
        }
        platform_record("batch_import", actor=_actor(run), metadata={"change": "undone", **told})
        return {"undone": run.done - stay, "stay": stay}

    def _undo(self, run: Run, write: RunWrite, places: list[int]) -> None:
        ids = [write.ids[place] for place in places]
        self._written, self._events = {}, {}
        match write.act:
            case RowAct.CREATED:
                stays = self._take(run, write, ids)
            case RowAct.UPDATED:
                stays = self._turn_back(run, write, ids, [write.events[place] for place in places])
            case _:
                stays = self._put_back(write, ids)
        writes_keep(run, self._written, self._events)
        _stays_keep(run, write.kind, stays)

    def _take(self, run: Run, write: RunWrite, ids: list[uuid.UUID]) -> list[Stay]:
        where = {"group": write.group_id, "ids": ids, "run": run.pk, "at": write.at}
        if write.kind == RowKind.EVENT:
            query("undo_events", where)
            gone = set(run.kept.filter(kind=RowKind.EVENT, row_id__in=ids).values_list("row_id", flat=True))
            stays = [(id_, "It is no more among the hot events; restore it from the archive first.") for id_ in ids if id_ not in gone]
        else:
            stays = query(_TAKE[RowKind(write.kind)], where)
        self._note(write, RowAct.REMOVED, ids, stays)
        return stays

    def _put_back(self, write: RunWrite, ids: list[uuid.UUID]) -> list[Stay]:
        stays: list[Stay] = query(_PUT_BACK[RowKind(write.kind)], {"group": write.group_id, "ids": ids, "run": write.run_id})
        self._note(write, RowAct.CREATED, ids, stays)
        return stays

    def _turn_back(self, run: Run, write: RunWrite, ids: list[uuid.UUID], events: list[uuid.UUID]) -> list[Stay]:
        """Gives things the values back that their `thing_updated` events hold."""
        moments = [datetime.fromtimestamp((event.int >> 80) / 1000, UTC) for event in events]
        within = {"since": min(moments) - timedelta(days=1), "until": max(moments) + timedelta(days=1)}
        found = query("undo_updates", {"group": write.group_id, "ids": ids, "events": events, "at": write.at, "run": run.pk, **within})
        stays = [(id_, "It was changed or deleted since.") for id_, _, is_edited in found if is_edited]
        stays += [
            (id_, "Its old values are archived with their event; restore that event first.") for id_, old, edited in found if not edited and not old
        ]
        items = [{"id": str(id_), **json.loads(old)} for id_, old, is_edited in found if old is not None and not is_edited]
        group: Group = write.group
        result = things_update(group, items, validate=False, actor=_actor(run), record=False)
        key = Written(write.group_id, write.kind, RowAct.UPDATED)
        self._written[key], self._events[key] = result.updated, result.update_events
        return stays + [(uuid.UUID(items[problem.index]["id"]), problem.error) for problem in result.errors]

    def _note(self, write: RunWrite, act: RowAct, ids: Sequence[uuid.UUID], stays: Sequence[Stay]) -> None:
        stay = {id_ for id_, _ in stays}
        self._written[Written(write.group_id, write.kind, act)] = [str(id_) for id_ in ids if id_ not in stay]


def _actor(run: Run) -> Actor:
    return Actor(run.person, Door(run.door), f"run {run.pk}")


def _stays_keep(run: Run, kind: str, stays: Sequence[Stay]) -> None:
    """Lists rows that stay, as the rejects of RUN."""
    first = run.rejects.count()
    RunReject.objects.bulk_create(
        [
            RunReject(
                run=run,
                line=first + number,
                text=json.dumps({"kind": kind, "id": str(id_)}).encode(),
                problems=[{"field": "", "code": "edited_since", "error": reason}],
            )
            for number, (id_, reason) in enumerate(stays, 1)
        ],
        batch_size=1000,
    )
