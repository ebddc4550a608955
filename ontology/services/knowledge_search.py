"""Search by meaning inside one group."""

import uuid
from collections.abc import Mapping
from typing import Any

from ontology.choices import KnowledgeType
from ontology.errors import ItemRefused
from ontology.models import Group, Knowledge
from ontology.services.bulk import query
from ontology.validation.knowledge import vector_faults
from ontology.validation.problems import Fault, problems_at, shown, words
from ontology.validation.values import text_faults, unknown_fields

FIELDS = frozenset({"embedding", "model", "limit", "labels", "types"})
ROWS_DEFAULT, ROWS_MAX = 10, 100
WORDS_MAX = 100


def knowledge_search(group: Group, asked: Mapping[str, Any]) -> list[tuple[uuid.UUID, float]]:
    """Ids of the knowledge of GROUP nearest to `{embedding, model, limit?, labels?, types?}`, with their cosine distance (0 to 2), the nearest first.

    Raises ItemRefused with every problem. One query, two when nothing is found.
    """
    faults = _faults(asked)
    if faults:
        raise ItemRefused(problems_at(0, faults))
    vector = f"[{','.join(map(repr, asked['embedding']))}]"
    found: list[tuple[uuid.UUID, float]] = query(
        "knowledge_search",
        {
            "group": group.pk,
            "vector": vector,
            "model": asked["model"],
            "labels": asked.get("labels", []),
            "types": asked.get("types", []),
            "rows": asked.get("limit", ROWS_DEFAULT),
        },
    )
    if not found:
        _demand_dimension(group, asked["model"], len(asked["embedding"]))
    return found


def _demand_dimension(group: Group, model: str, given: int) -> None:
    """Raises ItemRefused when vectors of MODEL in GROUP have another length; of other groups nothing is told."""
    dim = Knowledge.objects.in_group(group).live().filter(embedding_model=model).values_list("embedding_dim", flat=True).first()
    if dim not in (None, given):
        raise ItemRefused(problems_at(0, [("embedding", "wrong_dimension", f"embedding has {given} numbers; vectors of {model} have {dim}.")]))


def _faults(asked: Mapping[str, Any]) -> list[Fault]:
    faults = unknown_fields(asked, FIELDS) + vector_faults("embedding", asked.get("embedding")) + text_faults("model", asked.get("model"), 200)
    limit = asked.get("limit", ROWS_DEFAULT)
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= ROWS_MAX:
        faults.append(("limit", "out_of_range", f"limit must be a whole number from 1 to {ROWS_MAX}, not {shown(limit)}."))
    for field in ("labels", "types"):
        given = asked.get(field, [])
        if not isinstance(given, list) or len(given) > WORDS_MAX:
            faults.append((field, "not_a_list", f"{field} must be a list of at most {WORDS_MAX} words, not {shown(given)}."))
            continue
        faults += [fault for place, word in enumerate(given) for fault in text_faults(f"{field}[{place}]", word, 200)]
        if field == "types" and (unknown := [word for word in given if word not in KnowledgeType.values]):
            faults.append((field, "unknown_type", f"types must be {words(KnowledgeType.values)}, not {shown(unknown[0])}."))
    return faults
