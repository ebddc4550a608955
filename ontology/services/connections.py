"""Writes of connections, in bulk."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ontology.catalogue.compiled import Catalogue
from ontology.choices import BulkMode, OnConflict
from ontology.ids import uuid7_batch
from ontology.models import Group
from ontology.services.actor import Actor
from ontology.services.bulk import BulkCall, Stage, csv_plain, csv_text, query, write
from ontology.services.catalogue import catalogue_current
from ontology.services.record import event_record
from ontology.services.references import ends_find
from ontology.services.results import BulkResult
from ontology.validation import Problem
from ontology.validation.connections import ConnectionDraft, connections_check, ends_faults
from ontology.validation.paths import cycle_closers
from ontology.validation.problems import problems_at, shown

STAGE = Stage("stage_connection", ("id", "from_thing_id", "to_thing_id", "type", "metadata", "strength", "valid_from", "valid_to"))


class _Link(NamedTuple):
    """A draft with the ids of its ends."""

    draft: ConnectionDraft
    from_id: str
    to_id: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What a group has once among its live connections."""
        return self.from_id, self.to_id, self.draft.type


def connections_insert(
    group: Group,
    items: Sequence[Mapping[str, Any]],
    *,
    mode: str = BulkMode.PARTIAL,
    on_conflict: str = OnConflict.ERROR,
    validate: bool = True,
    actor: Actor | None = None,
    dry_run: bool = False,
    record: bool = True,
) -> BulkResult:
    """Writes up to 10,000 ITEMS `{from, to, type, metadata?, strength?, valid_from?, valid_to?}` into GROUP as one transaction and one event.

    `from` and `to` are ids or external ids of live things of the group. A connection that is there already is an error or left as it is (`skip`).
    A link of an acyclic type that would close a cycle, in the table or with items before it, is refused; such calls wait for one another.
    Raises TooManyItems. About ten queries, whatever the number of items.
    """
    call, on_conflict = BulkCall(items, mode=mode, dry_run=dry_run), OnConflict(on_conflict)
    with call.transaction():
        catalogue = catalogue_current()
        drafts, call.problems = connections_check(items, catalogue, validate=validate)
        links = list(_resolved(group, drafts, catalogue, call))
        links = list(_once(links, call, on_conflict))
        links = _without_cycles(group, links, catalogue, call)
        _insert(group, links, call, on_conflict)
        if record and call.created:
            event_record(group, "connections_bulk_created", actor=actor, metadata={"count": len(call.created)})
    return call.result()


def _resolved(group: Group, drafts: Sequence[ConnectionDraft], catalogue: Catalogue, call: BulkCall) -> Iterator[_Link]:
    keys = {key for draft in drafts for key in (draft.from_key, draft.to_key) if key is not None}
    query("links_lock_shared", {"group": str(group.pk)})
    ends = ends_find(group, keys) if keys else {}
    for draft in drafts:
        from_end, to_end = ends.get(draft.from_key or ""), ends.get(draft.to_key or "")
        faults = [*draft.faults, *ends_faults(draft, from_end, to_end, catalogue.connections.get(draft.type))]
        call.problems += problems_at(draft.index, faults)
        if from_end is not None and to_end is not None and not faults:
            yield _Link(draft, from_end.id, to_end.id)


def _once(links: Iterable[_Link], call: BulkCall, on_conflict: OnConflict) -> Iterator[_Link]:
    """LINKS without those that stand twice in the call."""
    seen: set[tuple[str, str, str]] = set()
    for link in links:
        if link.key not in seen:
            seen.add(link.key)
            yield link
        elif on_conflict is OnConflict.SKIP:
            call.skipped += 1
        else:
            call.problems.append(_duplicate(link.draft, "duplicate_in_call", "stands twice in this call"))


def _without_cycles(group: Group, links: list[_Link], catalogue: Catalogue, call: BulkCall) -> list[_Link]:
    acyclic = sorted({link.draft.type for link in links if catalogue.connections[link.draft.type].acyclic})
    closing: set[tuple[str, str, str]] = set()
    for type_name in acyclic:
        query("acyclic_lock", {"group": str(group.pk), "type": type_name})
        mine = [link for link in links if link.draft.type == type_name]
        existing = query("connections_reachable", {"group": group.pk, "type": type_name, "starts": list({link.to_id for link in mine})})
        pairs = [(link.from_id, link.to_id) for link in mine]
        closing |= {mine[place].key for place in cycle_closers(pairs, ((start, end) for start, end in existing))}
    for link in links:
        if link.key in closing:
            sentence = f"{link.draft.type} from {shown(link.draft.from_key)} to {shown(link.draft.to_key)} would lead back to its start."
            call.problems.append(Problem(link.draft.index, "to", "cycle", sentence))
    return [link for link in links if link.key not in closing]


def _insert(group: Group, links: Sequence[_Link], call: BulkCall, on_conflict: OnConflict) -> None:
    if not links:
        return
    ids = uuid7_batch(len(links))
    STAGE.fill(
        f"{id_},{link.from_id},{link.to_id},{csv_text(draft.type)},{csv_text(draft.metadata)},"
        f"{csv_plain(draft.strength)},{csv_plain(draft.valid_from)},{csv_plain(draft.valid_to)}\n"
        for id_, link in sorted(zip(ids, links, strict=True), key=lambda pair: pair[1].key)
        for draft in (link.draft,)
    )
    if write("connections_insert", {"group": group.pk}) == len(links):
        call.created = ids
        return
    left = {id_ for (id_,) in query("connections_not_inserted", {"group": group.pk})}
    call.created = [id_ for id_ in ids if id_ not in left]
    if on_conflict is OnConflict.SKIP:
        call.skipped += len(left)
        return
    for id_, link in zip(ids, links, strict=True):
        if id_ in left:
            call.problems.append(_duplicate(link.draft, "connection_exists", "is there already"))


def _duplicate(draft: ConnectionDraft, code: str, why: str) -> Problem:
    sentence = f"The connection {draft.type} from {shown(draft.from_key)} to {shown(draft.to_key)} {why}."
    return Problem(draft.index, "type", code, sentence)
