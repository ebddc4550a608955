"""Changes of one piece of knowledge: its own fields, soft deletion, restoration. Its type, group and external id never change."""

import hashlib
import struct
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from ontology.errors import ItemRefused
from ontology.ids import uuid7
from ontology.models import Event, Knowledge
from ontology.services.actor import Actor
from ontology.services.bulk import query
from ontology.services.knowledge import dims_known, named_things_faults
from ontology.services.record import event_record
from ontology.services.references import ends_find
from ontology.services.row_lock import group_of, knowledge_locked
from ontology.validation.knowledge import KnowledgeDraft, dimension_faults
from ontology.validation.knowledge_changes import PLAIN_FIELDS, knowledge_change, plain_differences
from ontology.validation.problems import problems_at

EVENT_NAMES = {"source_field": "sourceField"}


def knowledge_update(
    knowledge: Knowledge, changes: Mapping[str, Any], *, if_unmodified: datetime | None = None, actor: Actor | None = None
) -> Knowledge:
    """The piece changed by `{text?, labels?, metadata?, chunk?, embedding?, embedding_model?, source?, source_field?}`, each replaced as a whole.

    `source` is an id or external_id of a live thing of the group; null takes it away. Null for both embedding and embedding_model takes the vector.
    One event `entity_updated` {changes, old, new}, in which a vector stands as its model, length and SHA-256; nothing when nothing differs. Raises
    ItemRefused with every problem, DeletionState, ChangedMeanwhile when `updated_at` is not IF_UNMODIFIED. About ten queries.
    """
    with transaction.atomic():
        if changes.get("source") is not None:
            query("links_lock_shared", {"group": str(knowledge.group_id)})
        current = knowledge_locked(knowledge, if_unmodified=if_unmodified)
        plain = {name: getattr(current, name) for name in PLAIN_FIELDS}
        draft, source_id = _checked(current, plain, changes)
        new = plain_differences(plain, changes)
        old = {name: plain[name] for name in new}
        written = dict(new)
        if "source" in changes and source_id != (str(current.source_thing_id) if current.source_thing_id else None):
            old["source"], new["source"] = _text(current.source_thing_id), source_id
            written["source_thing_id"] = source_id
        before, after = _vector_told(current.embedding_model, current.embedding), _vector_told(draft.embedding_model, draft.embedding)
        if before != after:
            old["embedding"], new["embedding"] = before, after
            length = None if draft.embedding is None else len(draft.embedding)
            written |= {"embedding": draft.embedding, "embedding_model": draft.embedding_model, "embedding_dim": length}
        if new:
            _write(current, written)
            _record(current, "entity_updated", actor, {"changes": list(_named(new)), "old": _named(old), "new": _named(new)})
        return current


def knowledge_delete(knowledge: Knowledge, *, if_unmodified: datetime | None = None, actor: Actor | None = None, reason: str = "") -> Knowledge:
    """Deletes the piece softly with its live links to things, and one event `entity_deleted`, whose id marks the rows.

    Raises DeletionState when it is deleted already, ChangedMeanwhile when its `updated_at` is not IF_UNMODIFIED. About seven queries.
    """
    with transaction.atomic():
        current, deletion = knowledge_locked(knowledge, if_unmodified=if_unmodified), uuid7()
        ((links,),) = query("knowledge_delete", {"group": current.group_id, "knowledge": current.pk, "deletion": deletion})
        told = {"name": str(current), "reason": reason, "links": links}
        _record(current, "entity_deleted", actor, told, event_id=deletion)
        return _fresh(current)


def knowledge_restore(knowledge: Knowledge, *, actor: Actor | None = None) -> Knowledge:
    """Brings the piece back with the links that its deletion took, and one event `entity_updated` with the counts.

    A link to a thing that is deleted by now comes back with that thing. Raises ItemRefused when its source is deleted (`deleted`), DeletionState
    when the piece is not. About eight queries.
    """
    with transaction.atomic():
        query("links_lock_shared", {"group": str(knowledge.group_id)})
        current = knowledge_locked(knowledge, deleted=True)
        source, deleted_at = current.source_thing, current.deleted_at
        if source is not None and not source.is_live:
            sentence = f"Its source {source.name} is deleted; restore that thing first."
            raise ItemRefused(problems_at(0, [("source", "deleted", sentence)]))
        where = {"group": current.group_id, "knowledge": current.pk, "deletion": current.deletion_id}
        ((links, handed),) = query("knowledge_restore", where)
        told = {"changes": ["deletedAt"], "old": {"deletedAt": str(deleted_at)}, "new": {"deletedAt": None}}
        _record(current, "entity_updated", actor, {**told, "links": links, "linksOfDeletedThings": handed})
        return _fresh(current)


def _checked(current: Knowledge, plain: Mapping[str, Any], changes: Mapping[str, Any]) -> tuple[KnowledgeDraft, str | None]:
    """The piece as CHANGES would make it, and the id of the source they name. Raises ItemRefused with every problem."""
    vector = None if current.embedding is None else list(map(float, current.embedding))
    draft = knowledge_change({**plain, "type": current.type, "embedding": vector, "embedding_model": current.embedding_model}, changes)
    ends = ends_find(group_of(current), [draft.source_key]) if draft.source_key is not None else {}
    draft.faults.extend(named_things_faults(draft, ends))
    if "embedding" in changes or "embedding_model" in changes:
        dims = dims_known([draft])
        if draft.embedding_model in dims:
            draft.faults.extend(dimension_faults(draft, dims[draft.embedding_model]))
    if draft.faults:
        raise ItemRefused(problems_at(0, draft.faults))
    return draft, ends[draft.source_key].id if draft.source_key is not None else None


def _write(row: Knowledge, values: Mapping[str, Any]) -> None:
    """Gives the locked row its values, in the table and in hand; two queries."""
    Knowledge.objects.filter(pk=row.pk, group=row.group_id).update(**values)
    fields = [name.removesuffix("_id") for name in values]
    row.refresh_from_db(fields=[*fields, "updated_at"], from_queryset=Knowledge.objects.filter(group=row.group_id))


def _fresh(row: Knowledge) -> Knowledge:
    row.refresh_from_db(fields=["deleted_at", "deletion_id", "updated_at"], from_queryset=Knowledge.objects.filter(group=row.group_id))
    return row


def _record(row: Knowledge, event_type: str, actor: Actor | None, told: Mapping[str, Any], event_id: Any = None) -> Event:
    """The event, on the thing that the piece was taken from, if any."""
    what = {"entityType": "knowledge", "knowledgeId": str(row.pk), "knowledgeType": row.type}
    target = row.source_thing_id
    return event_record(group_of(row), event_type, actor=actor, target_id=target, metadata={**what, **told}, event_id=event_id)


def _vector_told(model: str | None, vector: Sequence[float] | None) -> dict[str, Any] | None:
    """A vector as an event tells it: an event that held two vectors whole would be a hundred times its usual size."""
    if vector is None:
        return None
    numbers = struct.pack(f"<{len(vector)}f", *vector)
    return {"model": model, "dim": len(vector), "sha256": hashlib.sha256(numbers).hexdigest()}


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    return {EVENT_NAMES.get(name, name): value for name, value in values.items()}


def _text(key: object) -> str | None:
    return None if key is None else str(key)
