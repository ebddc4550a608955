"""Constraints that Django lacks, so that `makemigrations` knows what the database enforces."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import BaseConstraint, CharField, CheckConstraint, DateField, DateTimeField, Func, Model, Q, Value
from django.db.models.lookups import Exact


class JsonType(Func):
    """The kind of a JSON value: object, array, string, number, boolean or null."""

    function = "jsonb_typeof"
    arity = 1
    output_field = CharField()


class UtcDay(Func):
    """The day of a moment by UTC, whatever the session's time zone."""

    template = "(%(expressions)s AT TIME ZONE 'UTC')::date"
    arity = 1
    output_field = DateField()


class ClockNow(Func):
    """The moment itself, not that of the statement or of the transaction."""

    template = "clock_timestamp()"
    output_field = DateTimeField()


class CompositeKey(BaseConstraint):
    """A foreign key over several columns: COLUMNS refer to TO_COLUMNS of the table TO.

    A row with a null among its columns is not checked (MATCH SIMPLE). Checked at the end of each statement, also for COPY and plain SQL; a transaction
    that puts a whole backup back may wait until its end (SET CONSTRAINTS … DEFERRED).
    """

    def __init__(self, *, columns: Sequence[str], to: str, to_columns: Sequence[str], name: str) -> None:
        self.columns = tuple(columns)
        self.to = to
        self.to_columns = tuple(to_columns)
        super().__init__(name=name)

    def _clause(self, quote: Callable[[str], str]) -> str:
        here = ", ".join(quote(column) for column in self.columns)
        there = ", ".join(quote(column) for column in self.to_columns)
        return f"CONSTRAINT {quote(self.name)} FOREIGN KEY ({here}) REFERENCES {quote(self.to)} ({there}) DEFERRABLE INITIALLY IMMEDIATE"

    def constraint_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        """No clause inside CREATE TABLE, but an ALTER TABLE after it: the referred table may come later in the same migration."""
        if schema_editor is not None:
            schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))
        return ""

    def create_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        """The ALTER TABLE that adds the key."""
        assert model is not None
        assert schema_editor is not None
        return f"ALTER TABLE {schema_editor.quote_name(model._meta.db_table)} ADD {self._clause(schema_editor.quote_name)}"

    def remove_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        """The ALTER TABLE that drops the key."""
        assert model is not None
        assert schema_editor is not None
        quote = schema_editor.quote_name
        return f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT {quote(self.name)}"

    def validate(
        self,
        model: type[Model],
        instance: Model,
        exclude: Iterable[str] | None = None,
        using: str = "default",
    ) -> None:
        """Left to the database: services say it better, and this runs outside their transaction."""

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """The path and arguments that a migration writes down."""
        return (
            f"{self.__class__.__module__}.{self.__class__.__name__}",
            (),
            {"name": self.name, "columns": self.columns, "to": self.to, "to_columns": self.to_columns},
        )

    def __eq__(self, other: object) -> bool:
        """Equal keys make no migration."""
        if not isinstance(other, CompositeKey):
            return NotImplemented
        return self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        """Consistent with equality."""
        return hash((self.name, self.columns, self.to, self.to_columns))


def tenant_key(column: str, to: str, name: str) -> CompositeKey:
    """The key (group, COLUMN) → (group, id): a row with a group refers to rows of that group only; a legacy row without one is free."""
    return CompositeKey(columns=("group_id", column), to=to, to_columns=("group_id", "id"), name=name)


def one_of(column: str, words: Iterable[str], name: str) -> CheckConstraint:
    """The rule that COLUMN holds one of WORDS."""
    return CheckConstraint(condition=Q(**{f"{column}__in": sorted(words)}), name=name)


def json_is(column: str, kind: str, name: str, *, unless: Q | None = None) -> CheckConstraint:
    """The rule that a JSON COLUMN holds a value of one KIND (object, array), save in rows that UNLESS matches."""
    rule = Q(Exact(JsonType(column), Value(kind)))
    return CheckConstraint(condition=rule if unless is None else unless | rule, name=name)
