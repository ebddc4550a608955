"""What metrics keep of events that move between hot and cold; the rules stand in ontology/models/carried.py."""

import uuid
from dataclasses import dataclass

from ontology.models import EXACT_DAYS, Group
from ontology.services.bulk import query


@dataclass(frozen=True, slots=True)
class Carried:
    """How many events a batch carried, and in how many rows: by day and actor, by month and target, by custom metric and day."""

    events: int
    day_rows: int
    target_rows: int
    metric_rows: int


def events_carry(group: Group | uuid.UUID, batch: uuid.UUID) -> Carried:
    """Carries the events that stand in `stage_event`, all of one month of GROUP, as those of BATCH. Two queries.

    Call it in the transaction that deletes them from the hot table, and compare `events` with what was deleted. A batch that is carried already is
    refused by the keys `carried_…_once` (IntegrityError): remove it first.
    """
    query("custom_metrics_lock_shared", {})
    ((events, days, targets, metrics),) = query("events_carry", {"group": _key(group), "batch": batch, "exact_days": EXACT_DAYS})
    return Carried(events, days, targets, metrics)


def carried_remove(group: Group | uuid.UUID, batch: uuid.UUID) -> int:
    """Takes out what BATCH of GROUP carried; how many events that stood for, 0 for a batch that carries nothing. One query.

    Call it in the transaction that brings the events back into the hot table.
    """
    ((events,),) = query("carried_remove", {"group": _key(group), "batch": batch})
    return int(events)


def _key(group: Group | uuid.UUID) -> uuid.UUID:
    return group.pk if isinstance(group, Group) else group
