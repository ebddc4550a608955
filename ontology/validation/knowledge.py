"""Rules of items that tell knowledge."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ontology.choices import KnowledgeRole, KnowledgeType
from ontology.validation.connections import end_key_faults
from ontology.validation.problems import Fault, Problem, no_objects, objects, shown, words
from ontology.validation.things import external_id_faults
from ontology.validation.values import json_text, text_faults, unknown_fields

INSERT_FIELDS = frozenset(
    {"type", "text", "embedding", "embedding_model", "source", "source_field", "chunk", "labels", "metadata", "external_id", "links"}
)
TEXT_CHARACTERS_MAX = 1_000_000
LABEL_CHARACTERS_MAX = 200
LABELS_MAX = 1_000
LINKS_MAX = 1_000
DIMENSIONS_MAX = 16_000
"""What pgvector stores in one vector."""

FLOAT32_MAX = 3.4e38
"""What one number of a vector holds (FLT_MAX of IEEE 754 is 3.4028…e38)."""


@dataclass(frozen=True, slots=True)
class KnowledgeDraft:
    """Knowledge whose source and linked things are still as the item names them; `chunk` and `metadata` are JSON text."""

    index: int
    type: str
    text: str
    embedding: list[float] | None
    embedding_model: str | None
    source_key: str | None
    source_field: str
    chunk: str
    labels: list[str]
    metadata: str
    external_id: str | None
    links: list[tuple[str, str]]
    faults: list[Fault]


def knowledge_check(items: Sequence[Mapping[str, Any]], *, unique: bool = True) -> tuple[list[KnowledgeDraft], list[Problem]]:
    """The drafts of ITEMS, good and bad, and a problem for every item that is no object.

    UNIQUE off takes an external_id that stands twice, for the table to sort out.
    """
    drafts: list[KnowledgeDraft] = []
    seen: set[str] = set()
    for index, item in objects(items):
        draft = _draft(index, item)
        drafts.append(draft)
        if unique and draft.external_id is not None:
            if draft.external_id in seen:
                draft.faults.append(("external_id", "duplicate_in_call", f"external_id {shown(draft.external_id)} stands twice in this call."))
            seen.add(draft.external_id)
    return drafts, no_objects(items)


def dimension_faults(draft: KnowledgeDraft, dim: int) -> list[Fault]:
    """What is wrong with a vector whose model makes vectors of DIM numbers."""
    if draft.embedding is None or len(draft.embedding) == dim:
        return []
    sentence = f"embedding has {len(draft.embedding)} numbers; vectors of {draft.embedding_model} have {dim}."
    return [("embedding", "wrong_dimension", sentence)]


def _draft(index: int, item: Mapping[str, Any]) -> KnowledgeDraft:
    faults = unknown_fields(item, INSERT_FIELDS)
    type_name = item.get("type")
    if type_name not in KnowledgeType.values:
        faults.append(("type", "unknown_type", f"type must be {words(KnowledgeType.values)}, not {shown(type_name)}."))
    text, source_field = item.get("text", ""), item.get("source_field", "")
    faults += text_faults("text", text, TEXT_CHARACTERS_MAX) + text_faults("source_field", source_field, 200)
    if type_name in ("label", "document", "chunk") and isinstance(text, str) and not text.strip():
        faults.append(("text", "blank", f"A {type_name} needs text."))
    embedding, model, wrong = _vector(item)
    if type_name == "vector_only" and embedding is None and not wrong:
        wrong = [("embedding", "missing", "A vector_only needs an embedding.")]
    faults += wrong
    json_values: dict[str, str] = {}
    for field in ("chunk", "metadata"):
        json_values[field], wrong = json_text(field, item.get(field, {}))
        faults += wrong
    source_key, wrong = _named(item, "source", partial(end_key_faults, "source"))
    faults += wrong
    external_id, wrong = _named(item, "external_id", external_id_faults)
    faults += wrong
    links, wrong = _links(item.get("links", []))
    labels = item.get("labels", [])
    faults += wrong + _label_faults(labels)
    return KnowledgeDraft(
        index,
        str(type_name),
        text,
        embedding,
        model,
        source_key,
        source_field,
        json_values["chunk"],
        labels,
        json_values["metadata"],
        external_id,
        links,
        faults,
    )


def _named(item: Mapping[str, Any], field: str, rule: Callable[[object], list[Fault]]) -> tuple[str | None, list[Fault]]:
    """The text under FIELD, None when there is none or RULE finds fault with it."""
    value = item.get(field)
    faults = [] if value is None else rule(value)
    return (None if value is None or faults else str(value)), faults


def _vector(item: Mapping[str, Any]) -> tuple[list[float] | None, str | None, list[Fault]]:
    vector, model = item.get("embedding"), item.get("embedding_model")
    if vector is None and model is None:
        return None, None, []
    if vector is None or model is None:
        return None, None, [("embedding_model", "missing", "embedding and embedding_model come together.")]
    faults = text_faults("embedding_model", model, 200)
    faults += vector_faults("embedding", vector)
    return (None, None, faults) if faults else (vector, model, [])


def vector_faults(field: str, vector: object) -> list[Fault]:
    """What keeps VECTOR from being one: the first number that is none, or its length."""
    if not isinstance(vector, list) or not 1 <= len(vector) <= DIMENSIONS_MAX:
        return [(field, "not_a_vector", f"{field} must be a list of 1 to {DIMENSIONS_MAX:,} numbers, not {shown(vector)}.")]
    bad = [place for place, value in enumerate(vector) if not _is_number(value)][:1]
    return [(f"{field}[{place}]", "not_a_number", f"{field}[{place}] must be a finite number, not {shown(vector[place])}.") for place in bad]


def _is_number(value: object) -> bool:
    """Whether VALUE is a number that a vector of 32-bit floats holds."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) < FLOAT32_MAX


def _label_faults(labels: object) -> list[Fault]:
    if not isinstance(labels, list) or len(labels) > LABELS_MAX:
        return [("labels", "not_a_list", f"labels must be a list of at most {LABELS_MAX:,} words, not {shown(labels)}.")]
    return [fault for place, label in enumerate(labels) for fault in text_faults(f"labels[{place}]", label, LABEL_CHARACTERS_MAX)]


def _links(links: object) -> tuple[list[tuple[str, str]], list[Fault]]:
    """Pairs of a thing's key and a role, from items {thing, role}."""
    if not isinstance(links, list) or len(links) > LINKS_MAX:
        return [], [("links", "not_a_list", f"links must be a list of at most {LINKS_MAX:,} {{thing, role}}, not {shown(links)}.")]
    pairs: list[tuple[str, str]] = []
    faults: list[Fault] = []
    for place, link in enumerate(links):
        field = f"links[{place}]"
        if not isinstance(link, Mapping) or link.get("role") not in KnowledgeRole.values:
            faults.append((f"{field}.role", "unknown_role", f"{field} must be {{thing, role}} with the role {words(KnowledgeRole.values)}."))
            continue
        wrong = end_key_faults(f"{field}.thing", link.get("thing"))
        faults += wrong
        if not wrong:
            pairs.append((str(link["thing"]), str(link["role"])))
    return list(dict.fromkeys(pairs)), faults
