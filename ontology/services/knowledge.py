"""Writes of knowledge, in bulk, with its links to things."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ontology.choices import BulkMode, OnConflict
from ontology.ids import uuid7_batch
from ontology.models import Group
from ontology.services.actor import Actor
from ontology.services.bulk import BulkCall, Stage, csv_plain, csv_text, query
from ontology.services.record import event_record
from ontology.services.references import ends_find
from ontology.services.results import BulkResult
from ontology.validation import Problem
from ontology.validation.connections import End, end_faults
from ontology.validation.knowledge import KnowledgeDraft, dimension_faults, knowledge_check
from ontology.validation.problems import Fault, problems_at, shown

STAGE = Stage(
    "stage_knowledge",
    (
        "id",
        "type",
        "text",
        "embedding",
        "embedding_model",
        "embedding_dim",
        "source_thing_id",
        "source_field",
        "chunk",
        "labels",
        "metadata",
        "external_id",
    ),
)
LINK_STAGE = Stage("stage_thing_knowledge", ("id", "thing_id", "knowledge_id", "role"))


def knowledge_insert(
    group: Group,
    items: Sequence[Mapping[str, Any]],
    *,
    mode: str = BulkMode.PARTIAL,
    on_conflict: str = OnConflict.ERROR,
    actor: Actor | None = None,
    dry_run: bool = False,
    record: bool = True,
) -> BulkResult:
    """Writes up to 10,000 ITEMS `{type, text?, embedding?, embedding_model?, source?, source_field?, chunk?, labels?, metadata?, external_id?, links?}`.

    `source` and the `thing` of each of `links` `{thing, role}` are ids or external ids of live things of GROUP. Vectors of one model share a length.
    An item whose external_id is taken is an error or left out (`skip`). One transaction, one event. Raises TooManyItems. About ten queries.
    """
    call, skipping = BulkCall(items, mode=mode, dry_run=dry_run), OnConflict(on_conflict) is OnConflict.SKIP
    with call.transaction():
        drafts, call.problems = knowledge_check(items, unique=not skipping)
        keys = {key for draft in drafts for key in (draft.source_key, *(thing for thing, _ in draft.links)) if key is not None}
        query("links_lock_shared", {"group": str(group.pk)})
        ends = ends_find(group, keys) if keys else {}
        for draft in drafts:
            draft.faults.extend(named_things_faults(draft, ends))
        dims = dims_known(drafts)
        good = [draft for draft in drafts if not _refused(draft, dims, call)]
        ids = uuid7_batch(len(good))
        left = _insert(group, good, ids, ends)
        call.created = [id_ for id_ in ids if id_ not in left]
        _link(group, [(id_, draft) for id_, draft in zip(ids, good, strict=True) if id_ not in left], ends)
        if skipping:
            call.skipped = len(left)
        else:
            call.problems += [_taken(draft) for id_, draft in zip(ids, good, strict=True) if id_ in left]
        if record and call.created:
            event_record(group, "knowledge_created", actor=actor, metadata={"count": len(call.created)})
    return call.result()


def dims_known(drafts: Sequence[KnowledgeDraft]) -> dict[str, int]:
    """The dimension of every model that DRAFTS name; new models take theirs from the first good draft. One query, none without vectors.

    Once more when another call made a model meanwhile: a statement does not see what was committed after it began.
    """
    named = {
        draft.embedding_model: len(draft.embedding)
        for draft in reversed(drafts)
        if draft.embedding is not None and draft.embedding_model and not draft.faults
    }
    known: dict[str, int] = {}
    while named.keys() - known.keys():
        known = dict(query("embedding_models_ensure", {"names": list(named), "dims": list(named.values())}))
    return known


def named_things_faults(draft: KnowledgeDraft, ends: Mapping[str, End]) -> list[Fault]:
    """What is wrong with the things that DRAFT names as its source and in its links."""
    faults = end_faults("source", draft.source_key, ends.get(draft.source_key or ""))
    for place, (key, _) in enumerate(draft.links):
        faults += end_faults(f"links[{place}].thing", key, ends.get(key))
    return faults


def _refused(draft: KnowledgeDraft, dims: Mapping[str, int], call: BulkCall) -> bool:
    faults: list[Fault] = list(draft.faults)
    if draft.embedding_model is not None and draft.embedding_model in dims:
        faults += dimension_faults(draft, dims[draft.embedding_model])
    call.problems += problems_at(draft.index, faults)
    return bool(faults)


def _insert(group: Group, drafts: Sequence[KnowledgeDraft], ids: Sequence[str], ends: Mapping[str, End]) -> set[str]:
    """Writes DRAFTS; the ids of those left out because their external_id is taken."""
    if not drafts:
        return set()
    in_order = sorted(zip(ids, drafts, strict=True), key=lambda pair: pair[1].external_id or "")
    STAGE.fill(_line(id_, draft, ends) for id_, draft in in_order)
    return {id_ for (id_,) in query("knowledge_insert", {"group": group.pk})}


def _line(id_: str, draft: KnowledgeDraft, ends: Mapping[str, End]) -> str:
    vector = None if draft.embedding is None else f"[{','.join(map(repr, draft.embedding))}]"
    labels = "{" + ",".join('"' + label.replace("\\", "\\\\").replace('"', '\\"') + '"' for label in draft.labels) + "}"
    columns = (
        id_,
        csv_text(draft.type),
        csv_text(draft.text),
        csv_text(vector),
        csv_text(draft.embedding_model),
        csv_plain(None if draft.embedding is None else len(draft.embedding)),
        csv_plain(ends[draft.source_key].id if draft.source_key is not None else None),
        csv_text(draft.source_field),
        csv_text(draft.chunk),
        csv_text(labels),
        csv_text(draft.metadata),
        csv_text(draft.external_id),
    )
    return ",".join(columns) + "\n"


def _link(group: Group, written: Sequence[tuple[str, KnowledgeDraft]], ends: Mapping[str, End]) -> None:
    lines = list(_link_lines(written, ends))
    if lines:
        LINK_STAGE.fill(f"{id_},{line}" for id_, line in zip(uuid7_batch(len(lines)), lines, strict=True))
        query("thing_knowledge_insert", {"group": group.pk})


def _link_lines(written: Sequence[tuple[str, KnowledgeDraft]], ends: Mapping[str, End]) -> Iterator[str]:
    for knowledge_id, draft in written:
        pairs = dict.fromkeys((ends[thing].id, role) for thing, role in draft.links)
        for thing_id, role in pairs:
            yield f"{thing_id},{knowledge_id},{role}\n"


def _taken(draft: KnowledgeDraft) -> Problem:
    return Problem(draft.index, "external_id", "external_id_taken", f"external_id {shown(draft.external_id)} is taken in this group.")
