"""Soft deletion of a thing with all that hangs on it, and its exact restoration."""

import uuid
from dataclasses import dataclass

from django.db import transaction

from ontology.errors import ChangedMeanwhile, ThingDeletionState
from ontology.ids import uuid7
from ontology.models import Event, Group, Thing
from ontology.services.actor import Actor
from ontology.services.bulk import query
from ontology.services.catalogue import catalogue_current
from ontology.services.limits import limits_told
from ontology.services.record import event_record
from ontology.validation.paths import cycle_closers


@dataclass(frozen=True, slots=True)
class Deletion:
    """What a deletion took along, in rows; the event's id marks them."""

    event: Event
    connections: int
    links: int
    knowledge: int


@dataclass(frozen=True, slots=True)
class Restoration:
    """What a restoration brought back, in rows; `kept_away` names each connection that could not come, and why."""

    event: Event
    connections: int
    links: int
    knowledge: int
    kept_away: list[str]


def thing_delete(thing: Thing, *, if_version: int | None = None, actor: Actor | None = None, reason: str = "") -> Deletion:
    """Deletes THING softly, with its live connections, its knowledge links, and the knowledge that nothing else holds; events stay.

    One transaction and one `thing_deleted` event with the counts. Raises ThingDeletionState when it is deleted already, ChangedMeanwhile when its
    version is not IF_VERSION. Five queries.
    """
    with transaction.atomic():
        thing = _locked(thing, deleted=False)
        if if_version is not None and thing.version != if_version:
            raise ChangedMeanwhile(f"The thing {thing.name} (version {thing.version})", thing.updated_at)
        deletion = uuid7()
        ((connections, links, knowledge),) = query("thing_delete", {"group": thing.group_id, "thing": thing.pk, "deletion": deletion})
        counts = {"connections": connections, "links": links, "knowledge": knowledge}
        metadata = {"entityType": thing.type, "name": thing.name, "reason": reason, **counts}
        event = event_record(_group(thing), "thing_deleted", actor=actor, target_id=thing.pk, metadata=metadata, event_id=deletion)
    return Deletion(event, **counts)


def thing_restore(thing: Thing, *, actor: Actor | None = None) -> Restoration:
    """Brings THING back with exactly what its deletion took.

    A row whose other end is deleted by now is handed to that deletion and comes back with it; a connection that meanwhile exists anew, or that would
    lead an acyclic type back to its start, stays away and is named. One transaction, one event. Raises ThingDeletionState, QuotaExceeded. About nine
    queries.
    """
    with limits_told(), transaction.atomic():
        thing = _locked(thing, deleted=True)
        where = {"group": thing.group_id, "thing": thing.pk, "deletion": thing.deletion_id}
        handed = query("thing_restore_hand_over", where)
        closing = _closing(thing)
        ((connections, links, knowledge),) = query("thing_restore", {**where, "closing": closing})
        kept = [f"{type_name} between {thing.name} and {other}: {other} is deleted." for type_name, other in handed]
        kept += _stayed(thing, set(closing))
        counts = {"connections": connections, "links": links, "knowledge": knowledge}
        metadata = {"entityType": thing.type, "changes": ["deletedAt"], "old": {"deletedAt": str(thing.deleted_at)}, "new": {"deletedAt": None}}
        event = event_record(_group(thing), "thing_updated", actor=actor, target_id=thing.pk, metadata={**metadata, **counts, "keptAway": kept})
    return Restoration(event, **counts, kept_away=kept)


def _locked(thing: Thing, *, deleted: bool) -> Thing:
    """THING as it is now, locked; calls that link things of its group wait, so that no link is made to what is being deleted."""
    query("links_lock_exclusive", {"group": str(thing.group_id)})
    locked: Thing = Thing.objects.select_related("group").select_for_update(of=("self",)).get(pk=thing.pk, group=thing.group_id)
    if locked.is_live is deleted:
        raise ThingDeletionState(locked.name, is_deleted=not deleted)
    return locked


def _group(thing: Thing) -> Group:
    assert thing.group is not None, "a legacy row has no group and no deletion"
    return thing.group


def _closing(thing: Thing) -> list[uuid.UUID]:
    """The connections among the deleted ones that would close a cycle of an acyclic type if they came back."""
    rules = catalogue_current().connections
    links = query("deletion_connections", {"group": thing.group_id, "deletion": thing.deletion_id})
    closing: list[uuid.UUID] = []
    for type_name in sorted({type_name for _, type_name, _, _ in links}):
        if type_name not in rules or not rules[type_name].acyclic:
            continue
        query("acyclic_lock", {"group": str(thing.group_id), "type": type_name})
        mine = [(id_, start, end) for id_, other, start, end in links if other == type_name]
        existing = query("connections_reachable", {"group": thing.group_id, "type": type_name, "starts": [end for _, _, end in mine]})
        places = cycle_closers([(start, end) for _, start, end in mine], ((start, end) for start, end in existing))
        closing += [mine[place][0] for place in sorted(places)]
    return closing


def _stayed(thing: Thing, closing: set[uuid.UUID]) -> list[str]:
    """A sentence for every connection that the restoration left deleted."""
    left = query("deletion_connections", {"group": thing.group_id, "deletion": thing.deletion_id})
    return [
        f"{type_name} from {start} to {end}: " + ("it would lead back to its start." if id_ in closing else "it exists anew.")
        for id_, type_name, start, end in left
    ]
