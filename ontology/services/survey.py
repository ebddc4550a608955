"""The first reading of a file to be imported: what is in it, and which of its events stand there more than once."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ontology.records import Record
from ontology.services.events import content_digest

KINDS = ("group", "thing", "membership", "connection", "event", "knowledge")
"""What a record may be, in an order in which each may refer to those before it."""
_BITS_PER_RECORD = 16
_BITS_MAX = 1 << 29


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

    def ordinal(self, value: Mapping[str, Any]) -> int:
        """How many events of the same content have been asked about before; 0 for content that comes once."""
        if value.get("external_id") is not None or not self._met:
            return 0
        digest = self._digest(value)
        if digest not in self._met:
            return 0
        self._met[digest] += 1
        return self._met[digest] - 1


@dataclass(slots=True)
class Survey:
    """Records by kind, lines in all, and the repeats among the events."""

    repeats: Repeats
    kinds: Counter[str] = field(default_factory=Counter)
    groups: list[Record] = field(default_factory=list)

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
        kind = record_kind(record)
        found.kinds[kind] += 1
        if kind == "event":
            found.repeats.note(record.value or {})
        elif kind == "group":
            found.groups.append(record)
    return found


def record_kind(record: Record) -> str:
    """The kind of RECORD; "" when it is unreadable or of no known kind."""
    kind = (record.value or {}).get("kind")
    return kind if kind in KINDS else ""
