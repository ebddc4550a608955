"""Exactly: the tables of a backup end as it was made, whoever wrote since; what the archive has taken meanwhile stays there, once."""

import uuid
from collections.abc import Sequence

from django.db import connection
from psycopg import sql

from ontology.errors import RollbackRefused
from ontology.migration.backup import DIGEST, Manifest
from ontology.migration.rollback.keeping import ACTS, Outcome, Wish, keeping_plan
from ontology.migration.rollback.locks import EVERY_OWN, event_decision, saved_values_stand
from ontology.migration.rollback.tables import EVENT, KEPT, SavedTable, rows, run
from ontology.services.bulk import query, write

_SOURCES = ("rollback_delete", "rollback_update", "rollback_insert")


def exact_plan(tables: Sequence[SavedTable]) -> Outcome:
    """Compares every table with its saved rows; nothing is changed."""
    kept = [table for table in tables if table.name in KEPT]
    in_archive = run("rollback_in_archive", {"stage": sql.Identifier(f"saved_{EVENT}")})
    outcome = keeping_plan(kept, Wish(everything=True))
    for table in tables:
        if table.name not in KEPT:
            told = {"everything": True, "name": table.name, "kind": ""}
            run("rollback_classify", table.parts(), told)
            run("rollback_classify_new", table.parts(), told)
            acts = {ACTS[act]: number for act, _, number in rows("rollback_plan_counts", table.parts())}
            if acts:
                outcome.tables[table.name] = acts
    outcome.in_archive = in_archive
    return outcome


def exact_apply(tables: Sequence[SavedTable], manifest: Manifest, outcome: Outcome, run_id: uuid.UUID) -> None:
    """Makes the tables what the backup says, proves it by the digests, and marks it; the caller holds the tables.

    Raises RollbackRefused where they would not be.
    """
    names = [table.name for table in tables]
    event_decision()
    write("rollback_months", {})
    every = [(name, EVERY_OWN) for (name,) in query("rollback_tables_and_partitions", {"tables": names})]
    with saved_values_stand(every):
        for table in tables:
            if table.name in KEPT:
                run("rollback_mark_removed", table.parts(), {"run": run_id, "name": table.name})
        for source in _SOURCES:
            for table in tables:
                if source != "rollback_update" or set(table.columns) != set(table.key):
                    run(source, table.parts())
    for table in tables:
        if not (table.name == EVENT and outcome.in_archive):
            _demand_digest(table, manifest)
    write("rollback_reservations", {})
    write("rollback_catalogue_version", {})


def demand_nothing_reserved(run_id: uuid.UUID) -> None:
    """Raises RollbackRefused while another run holds room for rows to come; one query."""
    held = query("rollback_reserving", {"run": run_id})
    if held:
        raise RollbackRefused(f"The run {held[0][0]} is under way and holds room for what it will write; let it end, or cancel it, first.")


def _demand_digest(table: SavedTable, manifest: Manifest) -> None:
    told = manifest.tables[table.name]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        cursor.execute(DIGEST.format(table=sql.Identifier(table.name), columns=table.parts()["columns"]))
        found = cursor.fetchone()
    if found != (told.rows, told.digest):
        raise RollbackRefused(f"{table.name} would not be what the backup says; nothing was touched.")
