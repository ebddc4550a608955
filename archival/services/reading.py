"""Reads of both tiers at once: hot rows and archived objects, each event once, also while batches move."""

import uuid
from collections.abc import Callable
from typing import Any

from archival.cold import ColdEvent, Question, archived_batches, cold_state, find_archived
from archival.errors import StoreError
from ontology.models import Event, Group

LOOKS_MAX = 20
"""How often a reader begins again when batches moved while it read; each move takes a batch, so twenty in one read do not happen."""


def both_tiers[T](group: Group | uuid.UUID, hot: Callable[[], T], question: Question) -> tuple[T, list[ColdEvent]]:
    """What HOT reads from the database, and what QUESTION finds in the archive, as of one moment: read again when a batch moved meanwhile.

    Four queries and the objects, unless a batch moved. Raises what find_archived raises.
    """
    before = cold_state(group)
    for _ in range(LOOKS_MAX):
        found, batches = hot(), archived_batches(question)
        after = cold_state(group)
        if before == after:
            return found, find_archived(_with(question, batches))
        before = after
    raise StoreError("Events keep moving between the database and the archive; ask again.")


def _with(question: Question, batches: list[Any]) -> Question:
    from dataclasses import replace

    return replace(question, batches=batches)


def events_seen(group: Group, *, limit: int) -> list[uuid.UUID]:
    """The ids of the latest LIMIT events of GROUP in both tiers, as a reader of both sees them."""
    hot, cold = both_tiers(
        group,
        lambda: list(Event.objects.filter(group=group).order_by("-timestamp", "-id").values_list("timestamp", "id", "type")[:limit]),
        Question(group, limit=limit),
    )
    own = [(moment, id_) for moment, id_, kind in hot if kind != "events_restored"]
    return [id_ for _, id_ in sorted([*own, *((event.timestamp, event.id) for event in cold)], reverse=True)[:limit]]
