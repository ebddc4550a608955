"""Reads of both tiers at once: hot rows and archived objects, each event once, also while batches move."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

import orjson

from archival.cold import ColdEvent, Question, archived_batches, cold_state, find_archived
from archival.errors import StoreError
from archival.models import ArchiveBatch
from ontology.isolation import current_scope
from ontology.metrics import Around, HotRows
from ontology.models import Event

LOOKS_MAX = 20
"""How often a reader begins again when batches moved while it read; each move takes longer than a look, so twenty in one read do not happen."""


def both_tiers[T](hot: Callable[[], T], questions: Sequence[Question]) -> tuple[T, list[ColdEvent]]:
    """What HOT reads from the database, and what QUESTIONS find in the archive, as of one moment: read again when a batch moved meanwhile.

    Two queries for HOT's and a group's each, and the objects, unless a batch moved. Raises what find_archived raises.
    """
    before = [cold_state(question.group) for question in questions]
    for _ in range(LOOKS_MAX):
        found, batches = hot(), [archived_batches(question) for question in questions]
        after = [cold_state(question.group) for question in questions]
        if before == after:
            return found, [
                event for question, known in zip(questions, batches, strict=True) for event in find_archived(replace(question, batches=known))
            ]
        before = after
    raise StoreError("Events keep moving between the database and the archive; ask again.")


def around_elsewhere(hot: Callable[[], HotRows], around: Around) -> tuple[HotRows, list[Event]]:
    """The archive's answer to `ontology.metrics`: the hot rows of a page of activity, and the cold events that may belong on it."""
    questions = [Question(key, thing=around.thing, person=around.person, after=around.after, limit=around.rows) for key in _groups(around)]
    found, cold = both_tiers(hot, questions)
    return found, [as_event(event) for event in cold]


def _groups(around: Around) -> list[uuid.UUID]:
    """The groups to look into: those of the page that have anything cold; one query."""
    cold = ArchiveBatch.objects.filter(state="archived")
    scope = current_scope()
    if around.groups is not None:
        cold = cold.filter(group__in=around.groups)
    elif scope is not None and not scope.everywhere:
        cold = cold.filter(group__in=scope.groups)
    return list(cold.order_by().values_list("group_id", flat=True).distinct())


def as_event(event: ColdEvent) -> Event:
    """A cold event as a row that was never saved."""
    return Event(
        id=event.id,
        group_id=event.group_id,
        type=event.type,
        actor_id=event.actor_id,
        target_id=event.target_id,
        person_id=event.person_id,
        timestamp=event.timestamp,
        metadata=orjson.loads(event.metadata),
        external_id=event.external_id,
        created_at=event.created_at,
    )
