"""Things, connections, events, knowledge and links of an old export, written as v0 rows: without a group, their old ids resolved where they can be."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from ontology.choices import LegacyKind
from ontology.migration.documents import LegacyDocument, key_of, row_id
from ontology.migration.export_file import Line
from ontology.migration.quarantine import Refused
from ontology.services.bulk import Stage, csv_plain, csv_text, query
from ontology.services.record import partitions_ensure

EXCLUSIVE = "migration"
"""Loading, migrating and rolling back exclude each other."""
STAGE = Stage("stage_legacy", ("number", "row_id", "old_id", "digest", "own_group", "moment", "told", "row"))
_INSERT = {
    LegacyKind.THING: "legacy_things_load",
    LegacyKind.CONNECTION: "legacy_connections_load",
    LegacyKind.EVENT: "legacy_events_load",
    LegacyKind.KNOWLEDGE: "legacy_knowledge_load",
    LegacyKind.LINK: "legacy_links_load",
}
_FIELDS = {
    "from_thing": "fromEntityId",
    "to_thing": "toEntityId",
    "actor": "actorId",
    "target": "targetId",
    "source_thing": "sourceThingId",
    "thing": "thingId",
    "knowledge": "knowledgeId",
}
_MUST_HAVE = {LegacyKind.CONNECTION: ("from_thing", "to_thing"), LegacyKind.LINK: ("thing", "knowledge")}
_VECTOR = {"embedding": "embedding", "embedding_model": "embeddingModel", "embedding_dim": "embeddingDim"}


def digest_of(line: Line) -> bytes:
    """Of the table and the document, by which one that is there already is known."""
    return hashlib.sha256(f"{line.table}\0".encode() + line.text).digest()


def ids_of(kind: LegacyKind, old_ids: Iterable[str]) -> dict[str, str]:
    """The ids of rows of KIND by their old ids, as far as they are there; one query."""
    return dict(query("legacy_ids", {"kind": kind.value, "old_ids": sorted(set(old_ids))}))


def rows_load(documents: Sequence[tuple[Line, LegacyDocument]]) -> tuple[int, list[Refused]]:
    """Writes documents of one kind; how many were new, and those whose id another document of the same table has. About seven queries."""
    if not documents:
        return 0, []
    kind, found = documents[0][1].kind, [document for _, document in documents]
    _resolve(kind, found)
    if kind is LegacyKind.EVENT:
        partitions_ensure({document.moment for document in found})
    if kind is LegacyKind.KNOWLEDGE:
        _embedding_models(found)
    digests = [digest_of(line) for line, _ in documents]
    first = {(document.row_id, digest): number for number, (digest, document) in reversed(list(enumerate(zip(digests, found, strict=True))))}
    STAGE.fill(_staged(number, digests[number], found[number]) for number in sorted(first.values()))
    loaded = query(_INSERT[kind], {})[0][0]
    repeated = [number for (number,) in query("legacy_repeated", {"kind": kind.value})]
    return int(loaded), [Refused(documents[number][0], "id_repeated", orjson.loads(documents[number][0].text)) for number in repeated]


def _staged(number: int, digest: bytes, document: LegacyDocument) -> str:
    plain = (csv_plain(number), csv_plain(document.row_id), csv_text(key_of(document.old_id)), csv_plain(f"\\x{digest.hex()}"))
    rest = (csv_plain(document.group), document.moment.isoformat(), csv_text(_json(document.told)), csv_text(_json(document.row)))
    return ",".join((*plain, *rest)) + "\n"


def _json(value: dict[str, Any]) -> str:
    return orjson.dumps(value).decode()


def _resolve(kind: LegacyKind, documents: Sequence[LegacyDocument]) -> None:
    """Puts row ids where old ids stood. What is not there keeps its old id in `told`, and an id that no row has where the column needs one."""
    groups = ids_of(LegacyKind.GROUP, (key_of(document.group) for document in documents if document.group))
    named: dict[LegacyKind, set[str]] = {LegacyKind.THING: set(), LegacyKind.KNOWLEDGE: set()}
    for document in documents:
        for column, old_id in document.mentions.items():
            named[_kind_of(column)].add(key_of(old_id))
    ids = {of: ids_of(of, old_ids) for of, old_ids in named.items()}
    for document in documents:
        own = groups.get(key_of(document.group)) if document.group else None
        if own is not None:
            document.told.pop("groupId", None)
        document.group = own
        for column in (*document.mentions, *(name for name in _MUST_HAVE.get(kind, ()) if name not in document.mentions)):
            document.row[column] = _resolved(document, column, ids[_kind_of(column)])


def _resolved(document: LegacyDocument, column: str, ids: dict[str, str]) -> str:
    old_id = document.mentions.get(column)
    if old_id is None:
        return row_id(_kind_of(column), f"none:{document.old_id}")
    found = ids.get(key_of(old_id))
    if found is None:
        return row_id(_kind_of(column), f"missing:{old_id}")
    document.told.pop(_FIELDS[column], None)
    return found


def _kind_of(column: str) -> LegacyKind:
    return LegacyKind.KNOWLEDGE if column == "knowledge" else LegacyKind.THING


def _embedding_models(documents: Sequence[LegacyDocument]) -> None:
    """Makes the models that vectors name; a vector of another length than its model's stays told."""
    wanted = {document.row["embedding_model"]: document.row["embedding_dim"] for document in documents if "embedding" in document.row}
    dims = dict(query("embedding_models_ensure", {"names": list(wanted), "dims": list(wanted.values())})) if wanted else {}
    for document in documents:
        if "embedding" in document.row and dims[document.row["embedding_model"]] != document.row["embedding_dim"]:
            document.told |= {name: document.row.pop(column) for column, name in _VECTOR.items()}
