"""Saved tables: the pieces of SQL that statements about any of them are made of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from psycopg import sql

from ontology.sql import statement

type Parts = dict[str, sql.Composable]


def compose(name: str, parts: Mapping[str, sql.Composable]) -> sql.Composed:
    """The statement sql/NAME.sql with PARTS in its places: quoted names, and lists of them."""
    return sql.SQL(statement(name)).format(**parts)


def run(name: str, parts: Mapping[str, sql.Composable], parameters: Mapping[str, Any] | None = None) -> int:
    """Runs it; how many rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(compose(name, parts), parameters)
        return int(cursor.rowcount)


def rows(name: str, parts: Mapping[str, sql.Composable], parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Its rows."""
    with connection.cursor() as cursor:
        cursor.execute(compose(name, parts), parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


@dataclass(frozen=True, slots=True)
class Rules:
    """What rollback knows of a table: the word for its rows, whether they may be legacy rows, what they refer to ({column: table}), and which columns no
    two rows of a group share (among those that are not deleted with `live`).
    """

    kind: str
    has_legacy: bool = False
    refers: Mapping[str, str] = field(default_factory=dict)
    unique: tuple[str, ...] = ()
    live: bool = False


THING, KNOWLEDGE, CONNECTION, LINK, EVENT = (
    *("ontology_thing", "ontology_knowledge", "ontology_connection", "ontology_thingknowledge", "ontology_event"),
)
LEGACY_ROW, QUARANTINE, GROUP = "ontology_legacyrow", "ontology_quarantinedrow", "ontology_group"
KEPT: dict[str, Rules] = {
    GROUP: Rules("group"),
    "ontology_membership": Rules("membership", refers={"creator_id": THING}),
    THING: Rules("thing", True, {}, ("external_id",)),
    KNOWLEDGE: Rules("knowledge", True, {"source_thing_id": THING}, ("external_id",)),
    CONNECTION: Rules("connection", True, {"from_thing_id": THING, "to_thing_id": THING}, ("from_thing_id", "type", "to_thing_id"), True),
    LINK: Rules("link", True, {"thing_id": THING, "knowledge_id": KNOWLEDGE}, ("thing_id", "knowledge_id", "role"), True),
    EVENT: Rules("event", True, {"actor_id": THING, "target_id": THING}),
    LEGACY_ROW: Rules("legacy"),
    QUARANTINE: Rules("quarantine"),
}
"""The tables of rows, those referred to first. The others of a backup (catalogue, plans, usage) change only when a rollback is exact."""


@dataclass(frozen=True, slots=True)
class SavedTable:
    """A table of a backup: its name, the columns that were saved, and its primary key."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def rules(self) -> Rules:
        """What rollback knows of it."""
        return KEPT.get(self.name, Rules(self.name))

    @property
    def stage(self) -> sql.Identifier:
        """The session's table of its saved rows."""
        return sql.Identifier(f"saved_{self.name}")

    @property
    def plan(self) -> sql.Identifier:
        """The session's table of what becomes of its rows."""
        return sql.Identifier(f"plan_{self.name}")

    def parts(self) -> Parts:
        """Everything that a statement about this table may ask for: s are saved rows, c those there are, p what becomes of them."""
        group = {GROUP: "id", LEGACY_ROW: "to_group"}.get(self.name, "group_id" if "group_id" in self.columns else None)
        return {
            "table": sql.Identifier(self.name),
            "stage": self.stage,
            "plan": self.plan,
            "columns": _names(self.columns),
            "key": _names(self.key),
            "saved": _names(self.columns, "s"),
            "current": _names(self.columns, "c"),
            "saved_key": _names(self.key, "s"),
            "current_key": _names(self.key, "c"),
            "same": self._same("s", "c"),
            "saved_same": self._same("s", "p"),
            "current_same": self._same("c", "p"),
            "saved_text": self._text("s"),
            "plan_text": self._text("p"),
            "saved_id": self._id("s"),
            "plan_id": self._id("p"),
            "there": sql.SQL("{} IS NOT NULL").format(sql.Identifier("c", self.key[0])),
            "saved_legacy": self._legacy("s"),
            "current_legacy": self._legacy("c"),
            "leaves": sql.SQL("c.group_id IS NOT NULL AND s.group_id IS DISTINCT FROM c.group_id" if self.rules.has_legacy else "false"),
            "stands": sql.SQL("c.group_id IS NOT NULL" if self.rules.has_legacy else "false"),
            "saved_group": sql.Identifier("s", group) if group else sql.SQL("NULL::uuid"),
            "current_group": sql.Identifier("c", group) if group else sql.SQL("NULL::uuid"),
            "assignments": self._assignments(),
        }

    def _assignments(self) -> sql.Composable:
        names = [name for name in self.columns if name not in self.key]
        return sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(name), sql.Identifier("s", name)) for name in names)

    def _same(self, one: str, other: str) -> sql.Composable:
        return sql.SQL(" AND ").join(sql.SQL("{} = {}").format(sql.Identifier(one, name), sql.Identifier(other, name)) for name in self.key)

    def _id(self, alias: str) -> sql.Composable:
        name = "row_id" if self.name == LEGACY_ROW else self.key[0]
        return sql.Identifier(alias, name) if self.name in KEPT else sql.SQL("NULL::uuid")

    def _text(self, alias: str) -> sql.Composable:
        """A row's key as marks name it; of an event its id alone."""
        names = self.key[:1] if self.name == EVENT else self.key
        return sql.SQL(" || '/' || ").join(sql.SQL("{}::text").format(sql.Identifier(alias, name)) for name in names)

    def _legacy(self, alias: str) -> sql.Composable:
        if not self.rules.has_legacy:
            return sql.SQL("false")
        if self.name == THING:
            return sql.SQL("{} = 0").format(sql.Identifier(alias, "schema_version"))
        return sql.SQL("{} IS NULL").format(sql.Identifier(alias, "group_id"))


def _names(names: Iterable[str], alias: str | None = None) -> sql.Composable:
    return sql.SQL(", ").join(sql.Identifier(name) if alias is None else sql.Identifier(alias, name) for name in names)
