"""Links between one piece of knowledge and one thing."""

import uuid

from django.db import IntegrityError, transaction

from ontology.errors import ItemRefused
from ontology.ids import uuid7
from ontology.models import Event, Knowledge, ThingKnowledge
from ontology.services.actor import Actor
from ontology.services.bulk import query
from ontology.services.record import event_record
from ontology.services.references import ends_find
from ontology.services.row_lock import group_of, knowledge_locked
from ontology.validation.connections import end_faults
from ontology.validation.knowledge_changes import link_faults
from ontology.validation.problems import Fault, problems_at, shown


def knowledge_link(knowledge: Knowledge, thing_key: str | uuid.UUID, role: str, *, actor: Actor | None = None) -> ThingKnowledge:
    """The new link that makes KNOWLEDGE a ROLE of the live thing with that id or external_id, and one event `entity_updated` on that thing.

    Raises ItemRefused with every problem (`not_found`, `deleted`, `unknown_role`, `link_exists`), DeletionState for deleted knowledge. About ten queries.
    """
    with transaction.atomic():
        query("links_lock_shared", {"group": str(knowledge.group_id)})
        current = knowledge_locked(knowledge)
        thing_id = _thing(current, thing_key, role)
        try:
            with transaction.atomic():
                link = ThingKnowledge.objects.create(group=current.group, thing_id=thing_id, knowledge=current, role=role)
        except IntegrityError as error:
            if getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) != "thing_knowledge_is_one_per_role":
                raise
            raise _refusal(("role", "link_exists", f"It is {role} of the thing {shown(str(thing_key))} already.")) from error
        _record(current, thing_id, role, actor, added=True)
        return link


def knowledge_unlink(knowledge: Knowledge, thing_key: str | uuid.UUID, role: str, *, actor: Actor | None = None) -> None:
    """Deletes the link softly, with one event `entity_updated` on the thing; the knowledge and the thing stay.

    Raises ItemRefused (`not_found`, `unknown_role`, `not_linked`), DeletionState for deleted knowledge. About eight queries.
    """
    with transaction.atomic():
        current, deletion = knowledge_locked(knowledge), uuid7()
        thing_id = _thing(current, thing_key, role, deleted_too=True)
        links = ThingKnowledge.objects.filter(group=current.group, knowledge=current, thing_id=thing_id, role=role).live()
        event = _record(current, thing_id, role, actor, added=False, event_id=deletion)
        if not links.update(deleted_at=event.timestamp, deletion_id=deletion):
            raise _refusal(("role", "not_linked", f"It is no {role} of the thing {shown(str(thing_key))}."))


def _thing(knowledge: Knowledge, thing_key: str | uuid.UUID, role: str, *, deleted_too: bool = False) -> str:
    """The id of the thing that THING_KEY names in the group of KNOWLEDGE. Raises ItemRefused."""
    faults = link_faults(thing_key, role)
    key = str(thing_key)
    end = None
    if not any(field == "thing" for field, _, _ in faults):
        end = ends_find(group_of(knowledge), [key]).get(key)
        faults = [*end_faults("thing", key, end, deleted_too=deleted_too), *faults]
    if end is None or faults:
        raise _refusal(*faults)
    return end.id


def _record(knowledge: Knowledge, thing_id: str, role: str, actor: Actor | None, *, added: bool, event_id: uuid.UUID | None = None) -> Event:
    what = {"entityType": "knowledge", "knowledgeId": str(knowledge.pk), "knowledgeType": knowledge.type}
    told = {"changes": ["links"], "old": {"links": [] if added else [role]}, "new": {"links": [role] if added else []}}
    target = uuid.UUID(thing_id)
    return event_record(group_of(knowledge), "entity_updated", actor=actor, target_id=target, metadata={**what, **told}, event_id=event_id)


def _refusal(*faults: Fault) -> ItemRefused:
    return ItemRefused(problems_at(0, faults))
