"""Rules of changes to one piece of knowledge."""

from collections.abc import Mapping
from typing import Any

from ontology.choices import KnowledgeRole
from ontology.validation.connections import end_key_faults
from ontology.validation.knowledge import KnowledgeDraft, knowledge_check
from ontology.validation.problems import Fault, shown, words
from ontology.validation.thing_changes import same_json
from ontology.validation.values import unknown_fields

UPDATE_FIELDS = frozenset({"text", "labels", "metadata", "chunk", "embedding", "embedding_model", "source", "source_field"})
PLAIN_FIELDS = ("text", "labels", "metadata", "chunk", "source_field")
"""Fields that a change replaces as a whole, whatever the others are."""


def knowledge_change(current: Mapping[str, Any], changes: Mapping[str, Any]) -> KnowledgeDraft:
    """The piece as CHANGES would make it, held to the rules of a new one; `faults` is what is wrong with it.

    CURRENT holds type, text, labels, metadata, chunk, source_field, embedding and embedding_model; its source is left out unless changed, since a
    piece may outlive the thing it was taken from.
    """
    faults = unknown_fields(changes, UPDATE_FIELDS)
    known = {name: value for name, value in changes.items() if name in UPDATE_FIELDS}
    ((draft,), _) = knowledge_check([{**current, **known}])
    draft.faults.extend(faults)
    return draft


def plain_differences(current: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The plain fields of CHANGES that differ from CURRENT."""
    return {name: changes[name] for name in PLAIN_FIELDS if name in changes and not same_json(changes[name], current[name])}


def link_faults(thing_key: object, role: object) -> list[Fault]:
    """What is wrong with the name of a thing and the role that a piece of knowledge is to have for it."""
    faults = end_key_faults("thing", thing_key)
    if role not in KnowledgeRole.values:
        faults.append(("role", "unknown_role", f"role must be {words(KnowledgeRole.values)}, not {shown(role)}."))
    return faults
