"""Keeping: rows that only migration or rollback changed return to their saved values; whatever else was written since stays, and conflicts are told."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypedDict

from psycopg import sql

from ontology.migration.rollback.locks import EVENTS_FOLLOW, TOUCHED, event_decision, saved_values_stand
from ontology.migration.rollback.staging import analyze
from ontology.migration.rollback.tables import CONNECTION, GROUP, KNOWLEDGE, LEGACY_ROW, LINK, QUARANTINE, THING, SavedTable, rows, run
from ontology.services.bulk import write

CONFLICTS_LISTED = 100
ACTS = {"update": "restored", "insert": "brought_back", "delete": "removed"}


class Conflict(TypedDict):
    """A saved row that did not come back: its table, key, and why (changed, gone, decided, in_use, end_gone, group_gone, taken)."""

    table: str
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to come back: rows that migration or rollback changed, or whoever changed them with `everything`; of one group where it is given."""

    everything: bool = False
    group_id: uuid.UUID | None = None


@dataclass(slots=True)
class Outcome:
    """What became of rows: {table: {restored, brought_back, removed}}, and of conflicts {table: {reason: n}}, the first of them listed."""

    tables: dict[str, dict[str, int]] = field(default_factory=dict)
    conflicts: dict[str, dict[str, int]] = field(default_factory=dict)
    listed: list[Conflict] = field(default_factory=list)
    in_archive: int = 0

    @property
    def rows(self) -> int:
        """Rows of all tables that changed."""
        return sum(sum(counts.values()) for counts in self.tables.values())


def keeping_plan(tables: Sequence[SavedTable], wish: Wish) -> Outcome:
    """Decides about every saved row, in tables of the session; nothing is changed. Some ten statements a table."""
    write("rollback_marks", {})
    write("rollback_removed", {})
    for table in tables:
        told = {"everything": wish.everything, "name": table.name, "kind": table.rules.kind}
        run("rollback_classify", table.parts(), told)
        run("rollback_classify_new", table.parts(), told)
        analyze(table.plan)
        if wish.group_id is not None and table.name != QUARANTINE:
            run("rollback_within", table.parts(), {"group": wish.group_id, "kind": table.rules.kind})
    by_name = {table.name: table for table in tables}
    if not wish.everything:
        _staying(by_name)
        _arriving(by_name)
    _accompanying(by_name, wish)
    return _told(tables)


def _staying(by_name: dict[str, SavedTable]) -> None:
    """Rows that rows which stay refer to: knowledge first, since knowledge that stays refers to things."""
    for referred in (KNOWLEDGE, THING):
        for referring in by_name.values():
            for column in (column for column, to in referring.rules.refers.items() if to == referred):
                parts = {"column": sql.Identifier(column), "referring": sql.Identifier(referring.name), "referring_plan": referring.plan}
                run("rollback_in_use", {**by_name[referred].parts(), **parts})


def _arriving(by_name: dict[str, SavedTable]) -> None:
    """Rows that would come into a group: it is there, what they refer to is in it, and nobody else has their key."""
    for table in by_name.values():
        if not table.rules.has_legacy:
            continue
        run("rollback_group_gone", {**table.parts(), "groups": by_name[GROUP].plan})
        if table.rules.unique:
            run("rollback_taken", {**table.parts(), "alike": _alike(table)})
        for column, to in table.rules.refers.items():
            parts = {"column": sql.Identifier(column), "referred": sql.Identifier(to), "referred_plan": by_name[to].plan}
            run("rollback_end_gone", {**table.parts(), **parts, "referred_stage": by_name[to].stage})


def _alike(table: SavedTable) -> sql.Composable:
    pairs: list[sql.Composable] = [sql.SQL("{} = {}").format(sql.Identifier("o", name), sql.Identifier("s", name)) for name in table.rules.unique]
    if table.rules.live:
        pairs += [sql.SQL("o.deleted_at IS NULL"), sql.SQL("s.deleted_at IS NULL")]
    return sql.SQL(" AND ").join(pairs)


def _accompanying(by_name: dict[str, SavedTable], wish: Wish) -> None:
    """What migration knows of a row, and its place in quarantine, go with the row."""
    for table in by_name.values():
        if table.rules.has_legacy:
            run("rollback_known", {"plan": by_name[LEGACY_ROW].plan, "rows": table.plan}, {"kind": table.rules.kind})
    if not wish.everything or wish.group_id is not None:
        parts = {"plan": by_name[QUARANTINE].plan, "connections": by_name[CONNECTION].plan, "links": by_name[LINK].plan}
        run("rollback_aside", {**parts, "stage": by_name[QUARANTINE].stage}, {"whole": wish.group_id is None})


def _told(tables: Sequence[SavedTable]) -> Outcome:
    outcome = Outcome()
    for table in tables:
        acts: Counter[str] = Counter()
        for act, reason, number in rows("rollback_plan_counts", table.parts()):
            if act == "conflict":
                outcome.conflicts.setdefault(table.name, {})[reason] = number
            else:
                acts[ACTS[act]] += number
        if acts:
            outcome.tables[table.name] = dict(acts)
        if table.name in outcome.conflicts and len(outcome.listed) < CONFLICTS_LISTED:
            found = rows("rollback_plan_conflicts", table.parts(), {"most": CONFLICTS_LISTED - len(outcome.listed)})
            outcome.listed += [Conflict(table=table.name, key=key, reason=reason) for key, reason in found]
    return outcome


def keeping_apply(tables: Sequence[SavedTable], run_id: uuid.UUID, place: str) -> None:
    """Does what was decided, and marks it; the caller holds the tables. Four statements a table."""
    event_decision()
    touched = [(table.name, TOUCHED) for table in tables if "updated_at" in table.columns and table.name != QUARANTINE]
    with saved_values_stand([*touched, (THING, EVENTS_FOLLOW)]):
        for table in tables:
            run("rollback_mark_removed", table.parts(), {"run": run_id, "name": table.name})
            if table.rules.has_legacy:
                run("rollback_conflicts_keep", table.parts(), {"kind": table.rules.kind, "place": place, "run": run_id})
            run("rollback_delete", table.parts())
        for table in tables:  # those referred to first: events are compared with their things at once
            run("rollback_update", table.parts())
            run("rollback_insert", table.parts())
