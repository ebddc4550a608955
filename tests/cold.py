"""Events that go cold, as archival moves them: out of the hot table and carried, in one transaction. Where they lie then is archival's matter."""

import uuid
from datetime import datetime

from django.db import connection, transaction

from ontology.ids import uuid7
from ontology.models import Group
from ontology.services.carried import Carried, events_carry
from ontology.sql import statement


def events_cool(group: Group, *, before: datetime, batch: uuid.UUID | None = None) -> Carried:
    """Moves the hot events of GROUP from before a moment."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement("stage_event"))
        cursor.execute("TRUNCATE stage_event")
        columns = 'id, type, actor_id, target_id, person_id, "timestamp", metadata, external_id'
        cursor.execute("SELECT set_config('sextant.event_decision', 'archival', true)")
        cursor.execute(
            f'WITH gone AS (DELETE FROM ontology_event WHERE group_id = %s AND "timestamp" < %s RETURNING {columns})'
            f" INSERT INTO stage_event ({columns}) SELECT {columns} FROM gone",
            [group.pk, before],
        )
        return events_carry(group, batch or uuid7())
