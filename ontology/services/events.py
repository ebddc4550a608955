"""Writes of events, in bulk: appended, never changed."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from django.utils import timezone

from ontology.choices import BulkMode, Door, OnConflict
from ontology.ids import uuid7_at
from ontology.models import Group
from ontology.services.actor import PLATFORM, Actor
from ontology.services.bulk import BulkCall
from ontology.services.catalogue import catalogue_current
from ontology.services.event_rows import EventRow, event_rows_write
from ontology.services.references import ends_find
from ontology.services.results import BulkResult
from ontology.validation import Problem
from ontology.validation.connections import End, end_faults
from ontology.validation.events import EventDraft, events_check
from ontology.validation.problems import problems_at, shown

CLIENT_DOORS = frozenset({Door.API, Door.ADMIN, Door.ACCOUNT})
"""Doors of people, who tell of events; operators load files of records that may tell who did what long ago."""


def events_insert(
    group: Group,
    items: Sequence[Mapping[str, Any]],
    *,
    mode: str = BulkMode.PARTIAL,
    on_conflict: str = OnConflict.ERROR,
    validate: bool = True,
    actor: Actor | None = None,
    dry_run: bool = False,
    content_digests: Sequence[bytes] | None = None,
) -> BulkResult:
    """Appends up to 10,000 ITEMS `{type, actor?, target?, timestamp?, metadata?, external_id?}` to GROUP in one transaction.

    An event that came through one of CLIENT_DOORS says so under `by` in its metadata, which no client writes itself.
    `actor` and `target` are ids or external ids of things of the group. An event whose external_id the month has already is an error or left out (`skip`).
    CONTENT_DIGESTS (16 bytes an item) give events without external_id an id made from their content, so that a file loaded twice adds nothing.
    Raises TooManyItems. About eight queries, whatever the number of items.
    """
    call, skipping = BulkCall(items, mode=mode, dry_run=dry_run), OnConflict(on_conflict) is OnConflict.SKIP
    with call.transaction():
        drafts, call.problems = events_check(items, catalogue_current(), timezone.now(), validate=validate, unique=not skipping)
        if actor is not None and actor.door in CLIENT_DOORS:
            _stamp(items, drafts, actor)
        if content_digests is not None:
            _demand_moments(items, drafts)
        keys = {key for draft in drafts for key in (draft.actor_key, draft.target_key) if key is not None}
        ends = ends_find(group, keys) if keys else {}
        known = [draft for draft in drafts if not _refused(draft, ends, call)]
        rows = list(_rows(known, ends, actor or PLATFORM, content_digests))
        ids, left = event_rows_write(group, rows)
        call.created = [id_ for id_ in ids if id_ not in left]
        if skipping:
            call.skipped = len(left)
        else:
            call.problems += [_there_already(draft) for draft, id_ in zip(known, ids, strict=True) if id_ in left]
    return call.result()


def content_digest(item: Mapping[str, Any], ordinal: int, group: Group | None = None) -> bytes:
    """16 bytes that tell ITEM (of GROUP) by its content; ORDINAL tells apart items of the same content, which are events of their own."""
    try:
        content = orjson.dumps(item, option=orjson.OPT_SORT_KEYS, default=str)
    except orjson.JSONEncodeError:  # nested too deep: the item is refused when its turn comes
        content = b""
    return hashlib.blake2b(content, digest_size=16, key=group.pk.bytes if group else b"", salt=ordinal.to_bytes(8)).digest()


def _stamp(items: Sequence[Mapping[str, Any]], drafts: Sequence[EventDraft], actor: Actor) -> None:
    """Writes who sent them into DRAFTS, so that no client's words are taken for the platform's own record."""
    by = orjson.dumps({**actor.as_metadata(), "sent": True}).decode()
    for draft in drafts:
        given = items[draft.index].get("metadata")
        if isinstance(given, Mapping) and "by" in given:
            sentence = "metadata.by is written by the platform itself: who sent the event, and through which door. Leave it out."
            draft.faults.append(("metadata.by", "reserved", sentence))
        elif draft.metadata:
            draft.metadata = f'{draft.metadata[:-1]}{"," if len(draft.metadata) > 2 else ""}"by":{by}}}'


def _demand_moments(items: Sequence[Mapping[str, Any]], drafts: Sequence[EventDraft]) -> None:
    """Known by its content, an event must say when it happened: the present moment would make it another event at every load."""
    for draft in drafts:
        if items[draft.index].get("timestamp") is None:
            draft.faults.append(("timestamp", "missing", "timestamp is missing; in a file every event says when it happened."))


def _refused(draft: EventDraft, ends: Mapping[str, End], call: BulkCall) -> bool:
    faults = [*draft.faults]
    for field, key in (("actor", draft.actor_key), ("target", draft.target_key)):
        faults += end_faults(field, key, ends.get(key or ""), deleted_too=True)
    call.problems += problems_at(draft.index, faults)
    return bool(faults)


def _rows(drafts: Sequence[EventDraft], ends: Mapping[str, End], actor: Actor, digests: Sequence[bytes] | None) -> Iterator[EventRow]:
    person_id = actor.person.pk if actor.person else None
    for draft in drafts:
        derived = digests is not None and draft.external_id is None
        yield EventRow(
            type=draft.type,
            timestamp=draft.timestamp,
            metadata=draft.metadata,
            actor_id=ends[draft.actor_key].id if draft.actor_key is not None else None,
            target_id=ends[draft.target_key].id if draft.target_key is not None else None,
            person_id=person_id,
            external_id=draft.external_id,
            id=uuid7_at(int(draft.timestamp.timestamp() * 1000), digests[draft.index]) if digests is not None and derived else None,
        )


def _there_already(draft: EventDraft) -> Problem:
    if draft.external_id is None:
        return Problem(draft.index, "", "event_exists", "This very event is there already.")
    return Problem(draft.index, "external_id", "external_id_taken", f"external_id {shown(draft.external_id)} is taken in this group and month.")
