"""Indexes made while others read and write, on plain and on partitioned tables; a migration that was interrupted is simply run again."""

from typing import Any

from django.contrib.postgres.operations import NotInTransactionMixin
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.migrations.operations import AddIndex
from django.db.migrations.state import ProjectState
from django.db.models import Model

CONCURRENTLY = "CREATE INDEX CONCURRENTLY IF NOT EXISTS %(name)s ON %(table)s%(using)s (%(columns)s)%(include)s%(extra)s%(condition)s"
ON_PARENT = """-- The parent's own index is a mark in the catalog without a single entry; a partitioned table takes none concurrently.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX IF NOT EXISTS %(name)s ON ONLY %(table)s%(using)s (%(columns)s)%(include)s%(extra)s%(condition)s"""
ATTACH = "ALTER INDEX %(name)s ATTACH PARTITION %(child)s"
DROP = "DROP INDEX IF EXISTS %(name)s"
DROP_CONCURRENTLY = "DROP INDEX CONCURRENTLY IF EXISTS %(name)s"
PATIENT = "SET lock_timeout = '2s'"
UNHURRIED = "SET lock_timeout = '0'"
"""For CONCURRENTLY, which nobody waits for: it waits for transactions that are open, however long they take."""
RESET = "RESET lock_timeout"

INVALID = "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid)"
PARTITIONS_WITHOUT = """
SELECT part.relname
FROM pg_inherits AS branch
JOIN pg_class AS part ON part.oid = branch.inhrelid
WHERE branch.inhparent = %s::regclass
  AND NOT EXISTS (
      SELECT FROM pg_inherits AS twig JOIN pg_index AS leaf ON leaf.indexrelid = twig.inhrelid
      WHERE twig.inhparent = %s::regclass AND leaf.indrelid = part.oid
  )
ORDER BY part.relname DESC LIMIT 1"""


class AddIndexInPeace(NotInTransactionMixin, AddIndex):
    """An index of a plain table, made concurrently; what an interrupted attempt left invalid is dropped first. Needs `atomic = False`."""

    atomic = False

    def database_forwards(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState) -> None:
        """Makes the index, unless it is there whole."""
        self._ensure_not_in_transaction(schema_editor)
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            self.make(schema_editor, model)
            schema_editor.execute(RESET)

    def database_backwards(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState) -> None:
        """Drops the index."""
        self._ensure_not_in_transaction(schema_editor)
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            self.drop(schema_editor)
            schema_editor.execute(RESET)

    def make(self, schema_editor: BaseDatabaseSchemaEditor, model: type[Model]) -> None:
        """Makes the index on the table of MODEL."""
        self.make_on(schema_editor, model, model._meta.db_table, self.index.name)

    def drop(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        """Drops the index."""
        schema_editor.execute(UNHURRIED)
        schema_editor.execute(Statement(DROP_CONCURRENTLY, name=schema_editor.quote_name(self.index.name)))

    def make_on(self, schema_editor: BaseDatabaseSchemaEditor, model: type[Model], table: str, name: str) -> None:
        """Makes the index as NAME on TABLE, which has the columns of MODEL's, concurrently."""
        schema_editor.execute(UNHURRIED)
        if _asked(schema_editor, INVALID, schema_editor.quote_name(name)):
            schema_editor.execute(Statement(DROP_CONCURRENTLY, name=schema_editor.quote_name(name)))
        schema_editor.execute(self.statement(schema_editor, model, CONCURRENTLY, table, name))

    def statement(self, schema_editor: BaseDatabaseSchemaEditor, model: type[Model], template: str, table: str, name: str) -> Statement:
        """The index as TEMPLATE makes it, as NAME on TABLE."""
        made = self.index.create_sql(model, schema_editor)
        made.template = template
        made.parts |= {"table": Table(table, schema_editor.quote_name), "name": schema_editor.quote_name(name)}
        return made


class AddPartitionedIndex(AddIndexInPeace):
    """An index of a partitioned table: declared on the parent alone, made concurrently on each partition, the latest first, and attached there.

    Valid once every partition has it. A partition attached meanwhile or later gets it by ATTACH.
    """

    def make(self, schema_editor: BaseDatabaseSchemaEditor, model: type[Model]) -> None:
        """Makes the index on the parent of MODEL's partitions and on each of them that lacks it."""
        quote, table, name = schema_editor.quote_name, model._meta.db_table, self.index.name
        schema_editor.execute(PATIENT)
        schema_editor.execute(self.statement(schema_editor, model, ON_PARENT, table, name))
        while partition := _asked(schema_editor, PARTITIONS_WITHOUT, quote(table), quote(name)):
            child = f"{partition}_{name}"
            self.make_on(schema_editor, model, partition, child)
            schema_editor.execute(PATIENT)
            schema_editor.execute(Statement(ATTACH, name=quote(name), child=quote(child)))

    def drop(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        """Drops the index of the parent, and with it those of the partitions: a short wait, for a partitioned index is never dropped concurrently."""
        schema_editor.execute(PATIENT)
        schema_editor.execute(Statement(DROP, name=schema_editor.quote_name(self.index.name)))


def _asked(schema_editor: BaseDatabaseSchemaEditor, question: str, *parameters: str) -> Any:
    """The answer of the catalog; None while a migration is only printed."""
    if schema_editor.collect_sql:
        return None
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(question, parameters)
        row = cursor.fetchone()
    return row[0] if row else None
