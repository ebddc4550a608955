"""Event rows ready to be written, for every service that writes more than one."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import psycopg
from django.db import IntegrityError, transaction

from ontology.ids import uuid7_batch
from ontology.models import Group
from ontology.services.bulk import Stage, csv_plain, csv_text, query, write_whole
from ontology.services.record import partitions_ensure

STAGE = Stage("stage_event", ("id", "type", "actor_id", "target_id", "person_id", "timestamp", "metadata", "external_id"))


class EventRow(NamedTuple):
    """An event ready to be written; `metadata` is JSON text; without an `id` it gets one of the present."""

    type: str
    timestamp: datetime
    metadata: str
    actor_id: uuid.UUID | str | None = None
    target_id: uuid.UUID | str | None = None
    person_id: uuid.UUID | None = None
    external_id: str | None = None
    id: str | None = None


def event_rows_write(group: Group, rows: Sequence[EventRow]) -> tuple[list[str], set[str]]:
    """Writes ROWS; their ids, and which of them were left out because the group has one with that id or external_id in that month.

    Makes missing partitions. Four to six queries, whatever the number of rows.
    """
    if not rows:
        return [], set()
    partitions_ensure({row.timestamp for row in rows})
    ids = [row.id or fresh for row, fresh in zip(rows, uuid7_batch(len(rows)), strict=True)]
    STAGE.fill(
        f"{id_},{csv_text(row.type)},{csv_plain(row.actor_id)},{csv_plain(row.target_id)},{csv_plain(row.person_id)},"
        f"{row.timestamp},{csv_text(row.metadata)},{csv_text(row.external_id)}\n"
        for id_, row in sorted(zip(ids, rows, strict=True), key=lambda pair: (pair[1].external_id or "", pair[0]))
    )
    if write_whole("events_insert", {"group": group.pk}):
        return ids, set()
    return ids, _rest_write(group)


def _rest_write(group: Group) -> set[str]:
    """Writes what of the stage is new; the ids of the rest. Once more when an archival has taken a key out of the hot table meanwhile."""
    try:
        with transaction.atomic():
            return {id_ for (id_,) in query("events_insert_rest", {"group": group.pk})}
    except IntegrityError as refused:
        if not isinstance(refused.__cause__, psycopg.errors.UniqueViolation):
            raise
    return {id_ for (id_,) in query("events_insert_rest", {"group": group.pk})}
