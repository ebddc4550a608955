"""The first reading of a file to be imported: what is in it, and which of its events stand there more than once."""

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ontology.records import Record
from ontology.services.events import content_digest

KINDS = ("group", "thing", "membership", "connection", "event", "knowledge")
"""What a record may be, in an order in which each may refer to those before it."""
_BITS_PER_RECORD = 16
_BITS_MAX = 1 << 29
KEYS_MAX = 8_000_000
_KEY_PARTS = 64
_LINK_TYPES_MAX = 1_000


class Repeats:
    """Which contents come more than once: a Bloom filter (Bloom 1970) finds those that may, in bounded memory; they alone are counted exactly.

    Events without an external_id are told apart by content; two with the same content are two events, the first and the second of them.
    HOME is the slug of the group of records that name none.
    """

    def __init__(self, records_expected: int, home: str | None = None) -> None:
        bits = min(1 << (records_expected * _BITS_PER_RECORD).bit_length(), _BITS_MAX)
        self._mask, self._bits = bits - 1, bytearray(bits // 8 + 1)
        self._met: dict[bytes, int] = {}
        self._home = home

    def _digest(self, value: Mapping[str, Any]) -> bytes:
        """What tells the content of a record; keys that begin with _ are remarks of an earlier load and no content."""
        content = {key: part for key, part in value.items() if not key.startswith("_")}
        return content_digest({**content, "group": content.get("group") or self._home}, 0)

    def note(self, value: Mapping[str, Any]) -> None:
        """Remembers the event VALUE, unless it has an external_id; the second time it may come again."""
        if value.get("external_id") is not None:
            return
        seen, digest = True, self._digest(value)
        for start in (0, 5, 10):
            place = int.from_bytes(digest[start : start + 5]) & self._mask
            byte, bit = place >> 3, 1 << (place & 7)
            if not self._bits[byte] & bit:
                seen = False
                self._bits[byte] |= bit
        if seen:
            self._met[digest] = 0

    @property
    def any_met(self) -> bool:
        """Whether any content may come more than once."""
        return bool(self._met)

    def ordinal(self, value: Mapping[str, Any]) -> int:
        """How many events of the same content have been asked about before; 0 for content that comes once."""
        if value.get("external_id") is not None or not self._met:
            return 0
        digest = self._digest(value)
        if digest not in self._met:
            return 0
        self._met[digest] += 1
        return self._met[digest] - 1


class Keys:
    """Whether any of the keys that rows are known by comes more than once: 8 bytes a key, none of them when there are more than KEYS_MAX.

    Two keys with the same 64-bit hash count as one that repeats; among ten millions that happens once in 400,000 files.
    """

    def __init__(self) -> None:
        self._parts = [array("q") for _ in range(_KEY_PARTS)]
        self._count = 0

    def note(self, *key: object) -> None:
        """Remembers a key."""
        self._count += 1
        if self._count <= KEYS_MAX:
            digest = hash(key)
            self._parts[digest & (_KEY_PARTS - 1)].append(digest)

    @property
    def are_distinct(self) -> bool:
        """Whether every key came once, as far as that could be remembered."""
        return self._count <= KEYS_MAX and all(len(set(part)) == len(part) for part in self._parts)


@dataclass(slots=True)
class Survey:
    """Records by kind, those of the home group by kind, lines in all, the repeats among the events, and whether the order of lines matters."""

    repeats: Repeats
    kinds: Counter[str] = field(default_factory=Counter)
    at_home: Counter[str] = field(default_factory=Counter)
    groups: list[Record] = field(default_factory=list)
    keys: Keys = field(default_factory=Keys)
    link_types: set[str] = field(default_factory=set)

    def note(self, record: Record, home: str | None) -> None:
        """Counts RECORD of a file whose home group is HOME."""
        kind, value = record_kind(record), record.value or {}
        self.kinds[kind] += 1
        group = value.get("group") or home
        if group == home:
            self.at_home[kind] += 1
        if kind == "event":
            self.repeats.note(value)
        elif kind == "group":
            self.groups.append(record)
        elif kind == "connection":
            self.keys.note(kind, group, str(value.get("from")), str(value.get("type")), str(value.get("to")))
            if len(self.link_types) < _LINK_TYPES_MAX:
                self.link_types.add(str(value.get("type")))
        if value.get("external_id") is not None:
            self.keys.note(kind, group, str(value["external_id"]))

    def order_is_free(self, acyclic_types: Collection[str]) -> bool:
        """Whether the records come to the same rows in whatever order they are written: none repeats another, and no link can close a circle."""
        ordered = self.repeats.any_met or len(self.link_types) >= _LINK_TYPES_MAX or self.link_types & set(acyclic_types)
        return not ordered and self.keys.are_distinct

    @property
    def total(self) -> int:
        """Records of the file, readable or not."""
        return self.kinds.total()

    @property
    def passes(self) -> tuple[frozenset[str], ...]:
        """The kinds to write in each reading of the file after the groups, which the survey holds: those that others refer to first.

        "" is a record without a known kind.
        """
        first, second = frozenset({"", "thing"}), frozenset(KINDS) - {"group", "thing"}
        return (first, second) if any(self.kinds[kind] for kind in second) else (first,)


def survey(records: Iterable[Record], records_expected: int, home: str | None = None) -> Survey:
    """Reads RECORDS to the end, so that a damaged file is found before anything is written; HOME as for Repeats. Raises UnreadableFile."""
    found = Survey(Repeats(records_expected, home))
    for record in records:
        found.note(record, home)
    return found


def record_kind(record: Record) -> str:
    """The kind of RECORD; "" when it is unreadable or of no known kind."""
    kind = (record.value or {}).get("kind")
    return kind if kind in KINDS else ""
