"""What a document of the old platform is as a row: its columns, the things it names, and everything that found no column."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ontology.choices import GroupStatus, GroupType, JoinPolicy, KnowledgeRole, KnowledgeType, LegacyKind, ThingStatus, Visibility
from ontology.ids import uuid7_at
from ontology.validation.knowledge import FLOAT32_MAX

type Document = Mapping[str, Any]
type References = dict[str, str]
"""The old id that a column refers to, by column."""

KEY_LETTERS_MAX = 400
TYPE_LETTERS_MAX = 100
DIMENSIONS_MAX = 16_000
YEARS_AHEAD_MAX = 10
"""As far as events may lie ahead: the database makes no partition beyond."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_LAST_MS = 253_402_300_799_000


@dataclass(slots=True)
class LegacyDocument:
    """A document on its way into a table. `told` is what no column holds, under the old names; `mentions` are the old ids of things and knowledge."""

    kind: LegacyKind
    old_id: str
    moment: datetime
    row: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    mentions: References = field(default_factory=dict)
    group: str | None = None

    @property
    def row_id(self) -> str:
        """The id of its row: of its moment, and the same whenever it is loaded."""
        return row_id(self.kind, self.old_id, self.moment)


def key_of(old_id: str) -> str:
    """An old id as it is kept and looked up: itself, or its digest where it is very long."""
    return old_id if len(old_id) <= KEY_LETTERS_MAX else f"sha256:{hashlib.sha256(old_id.encode()).hexdigest()}"


def row_id(kind: LegacyKind, old_id: str, moment: datetime = _EPOCH) -> str:
    """The id made of what a row is and its old id, so that equal ids in two tables do not clash."""
    unix_ms = (moment - _EPOCH) // timedelta(milliseconds=1)
    return uuid7_at(unix_ms, hashlib.sha256(f"{kind.value}\0{old_id}".encode()).digest())


def moment_of(value: Any) -> datetime | None:
    """The moment of a number of milliseconds since 1970; None for what is none, or lies beyond the years that a column holds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _YEAR_LAST_MS:
        return None
    return _EPOCH + timedelta(milliseconds=value)


class Reading:
    """Takes fields out of a document, each into its column; what is left at the end is told apart."""

    def __init__(self, document: Document) -> None:
        self.left = {name: value for name, value in document.items() if name not in {"_id", "_creationTime"}}
        self.created = moment_of(document.get("_creationTime"))
        if self.created is None and "_creationTime" in document:
            self.left["_creationTime"] = document["_creationTime"]

    def text(self, name: str, *, most: int | None = None, default: str = "") -> str:
        """A text; one that is none, or too long, stays told."""
        value = self.left.get(name)
        if not isinstance(value, str):
            return default
        if most is None or len(value) <= most:
            del self.left[name]
        return value[:most]

    def word(self, name: str, words: Iterable[str], default: str) -> str:
        """One of WORDS, else DEFAULT with the document's own word told."""
        value = self.left.get(name)
        if isinstance(value, str) and value in set(words):
            del self.left[name]
            return value
        return default

    def moment(self, name: str) -> datetime | None:
        """A moment."""
        found = moment_of(self.left.get(name))
        if found is not None:
            del self.left[name]
        return found

    def anything(self, name: str) -> Any:
        """Any JSON; an empty object where the document has no such field."""
        return self.left.pop(name, {})

    def number(self, name: str, low: float, high: float) -> float | None:
        """A number within bounds."""
        value = self.left.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            return None
        del self.left[name]
        return float(value)

    def mention(self, name: str) -> str | None:
        """The old id of something; it stays told until it is found to be there."""
        value = self.left.get(name)
        return value if isinstance(value, str) and value else None


def document_read(kind: LegacyKind, document: Document, now: datetime) -> LegacyDocument:
    """DOCUMENT, which has an `_id`, as a row of KIND; NOW stands for a creation that it does not tell."""
    reading = Reading(document)
    created = reading.created or moment_of(document.get("createdAt")) or now
    found = LegacyDocument(kind, document["_id"], created)
    found.group = reading.mention("groupId") if kind is not LegacyKind.GROUP else None
    found.row = _READERS[kind](reading, found)
    found.row["created_at"] = iso(reading.moment("createdAt") or created)
    found.row["updated_at"] = iso(reading.moment("updatedAt") or created)
    found.told = {name: value for name, value in reading.left.items() if value is not None}
    return found


def iso(moment: datetime | None) -> str | None:
    """A moment as JSON carries it."""
    return None if moment is None else moment.isoformat()


def _group(reading: Reading, found: LegacyDocument) -> dict[str, Any]:
    settings = reading.left.get("settings")
    inner = Reading(settings if isinstance(settings, dict) else {})
    metadata = reading.left.get("metadata")
    parent = reading.mention("parentGroupId")
    if parent is not None:
        found.mentions["parent"] = parent
    return {
        "slug": reading.left.get("slug"),
        "name": reading.text("name", most=200).strip() or f"(unnamed {found.old_id})"[:200],
        "type": reading.word("type", GroupType.values, GroupType.ORGANIZATION),
        "description": reading.text("description"),
        "status": reading.word("status", GroupStatus.values, GroupStatus.ACTIVE),
        "visibility": inner.word("visibility", Visibility.values, Visibility.PRIVATE),
        "join_policy": inner.word("joinPolicy", JoinPolicy.values, JoinPolicy.INVITE_ONLY),
        "metadata": reading.anything("metadata") if isinstance(metadata, dict) else {},
    }


def _thing(reading: Reading, found: LegacyDocument) -> dict[str, Any]:
    return {
        "type": reading.text("type", most=TYPE_LETTERS_MAX),
        "name": reading.text("name"),
        "properties": reading.anything("properties"),
        "status": reading.word("status", ThingStatus.values, ThingStatus.DRAFT),
        "external_id": key_of(found.old_id),
    }


def _mentioned(reading: Reading, found: LegacyDocument, **columns: str) -> None:
    for column, name in columns.items():
        old_id = reading.mention(name)
        if old_id is not None:
            found.mentions[column] = old_id


def _connection(reading: Reading, found: LegacyDocument) -> dict[str, Any]:
    _mentioned(reading, found, from_thing="fromEntityId", to_thing="toEntityId")
    return {
        "type": reading.text("relationshipType", most=TYPE_LETTERS_MAX),
        "metadata": reading.anything("metadata"),
        "strength": reading.number("strength", 0, 1),
        "valid_from": iso(reading.moment("validFrom")),
        "valid_to": iso(reading.moment("validTo")),
    }


def _event(reading: Reading, found: LegacyDocument) -> dict[str, Any]:
    _mentioned(reading, found, actor="actorId", target="targetId")
    at = moment_of(reading.left.get("timestamp"))
    if at is not None and at.year < datetime.now(UTC).year + YEARS_AHEAD_MAX:
        del reading.left["timestamp"]
    else:
        at = min(found.moment, datetime.now(UTC))
    found.moment = at
    return {
        "type": reading.text("type", most=TYPE_LETTERS_MAX),
        "metadata": reading.anything("metadata"),
        "external_id": key_of(found.old_id),
    }


def _knowledge(reading: Reading, found: LegacyDocument) -> dict[str, Any]:
    _mentioned(reading, found, source_thing="sourceThingId")
    labels = reading.left.get("labels")
    fits = isinstance(labels, list) and all(isinstance(label, str) and len(label) <= 200 for label in labels)
    return {
        "type": reading.word("knowledgeType", KnowledgeType.values, KnowledgeType.DOCUMENT),
        "text": reading.text("text"),
        "source_field": reading.text("sourceField", most=200),
        "chunk": reading.anything("chunk"),
        "labels": reading.anything("labels") if fits else [],
        "metadata": reading.anything("metadata"),
        "external_id": key_of(found.old_id),
        **_vector(reading),
    }


def _vector(reading: Reading) -> dict[str, Any]:
    """The vector with its model and dimension, where all three are told and agree."""
    vector, model, dim = (reading.left.get(name) for name in ("embedding", "embeddingModel", "embeddingDim"))
    if not isinstance(vector, list) or not 0 < len(vector) <= DIMENSIONS_MAX or dim not in (None, len(vector)):
        return {}
    if (
        not all(isinstance(part, int | float) and not isinstance(part, bool) and abs(part) <= FLOAT32_MAX for part in vector)
        or not isinstance(model, str)
        or not 0 < len(model) <= 200
    ):
        return {}
    for name in ("embedding", "embeddingModel", "embeddingDim"):
        reading.left.pop(name, None)
    return {"embedding": vector, "embedding_model": model, "embedding_dim": len(vector)}


def _link(reading: Reading, found: LegacyDocument) -> dict[str, Any]:
    _mentioned(reading, found, thing="thingId", knowledge="knowledgeId")
    return {"role": reading.word("role", KnowledgeRole.values, KnowledgeRole.LABEL), "metadata": reading.anything("metadata")}


_READERS: dict[LegacyKind, Callable[[Reading, LegacyDocument], dict[str, Any]]] = {
    LegacyKind.GROUP: _group,
    LegacyKind.THING: _thing,
    LegacyKind.CONNECTION: _connection,
    LegacyKind.EVENT: _event,
    LegacyKind.KNOWLEDGE: _knowledge,
    LegacyKind.LINK: _link,
}
