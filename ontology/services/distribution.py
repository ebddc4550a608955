"""How the tables would lie on many servers, a group on one of them each (Citus), and which keys stand in the way."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.db import connection

from ontology.sql import statement

SHARD = "ontology_group"
"""The table whose own id is the group: it lies with its rows."""


@dataclass(frozen=True, slots=True)
class Key:
    """A unique key, or with TARGET a foreign one; the columns of both sides stand in the same order, an expression is None."""

    name: str
    columns: tuple[str | None, ...]
    target: str | None
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; BY is the column that says on which server a row lies, None for a table that every server has whole."""

    name: str
    by: str | None
    may_be_empty: bool
    keys: tuple[Key, ...]

    @property
    def statement(self) -> str:
        """What makes it so in Citus."""
        if self.by is None:
            return f"SELECT create_reference_table('{self.name}');"
        together = "" if self.name == SHARD else f", colocate_with => '{SHARD}'"
        return f"SELECT create_distributed_table('{self.name}', '{self.by}'{together});"


def distribution() -> list[Table]:
    """Every table that migrations have made, by name. One query."""
    with connection.cursor() as cursor:
        cursor.execute(statement("keys_of_tables"))
        rows = cursor.fetchall()
    found = []
    for (name, has_group, may_be_empty), keys in groupby(rows, key=lambda row: row[:3]):
        by = "id" if name == SHARD else "group_id" if has_group else None
        found.append(Table(name, by, may_be_empty, tuple(Key(key[3], tuple(key[4]), key[5], tuple(key[6] or ())) for key in keys if key[3])))
    return found


def distribution_faults(tables: list[Table]) -> list[str]:
    """A sentence for each table and key that Citus would refuse; none means that the schema goes as it is."""
    by = {table.name: table.by for table in tables}
    return [sentence for table in tables for sentence in _faults(table, by)]


def _faults(table: Table, by: dict[str, str | None]) -> Iterator[str]:
    if table.may_be_empty:
        yield f"{table.name}: group_id may be empty, and a row without one has no place: Citus refuses it."
    for key in table.keys:
        if key.target is None:
            if table.by and table.by not in key.columns:
                yield f"{table.name}: the unique key {key.name} does not hold {table.by}."
        elif by.get(key.target):
            if table.by is None:
                yield f"{table.name}: the foreign key {key.name} refers to {key.target}, which no server has whole."
            elif (table.by, by[key.target]) not in set(zip(key.columns, key.target_columns, strict=True)):
                yield f"{table.name}: the foreign key {key.name} to {key.target} does not hold {table.by}."
