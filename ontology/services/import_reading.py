"""A file read for an import: once to its end, then in batches of the kinds that a pass writes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ontology.records import Record, RecordFile
from ontology.services.import_places import Batch, Places
from ontology.services.survey import Survey, record_kind, survey

BATCH_RECORDS = 10_000
BATCH_BYTES = 8_000_000
"""Of the text of a batch's records: a batch is written early rather than held in any size."""
_BYTES_PER_RECORD_MIN = 8
"""Of a compressed file; measured 11 to 22 on the histories of public projects."""
_TOLD_EVERY_RECORDS = 1_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: `step` is reading or writing; `total` is None while the file is first read."""

    step: str
    done: int
    total: int | None
    bytes_read: int


@dataclass(frozen=True, slots=True)
class ReadBatch:
    """Records of a batch, and by line which of several events with the same content each is, where it is not the first."""

    batch: Batch
    records: list[Record]
    ordinals: dict[int, int]


@dataclass(slots=True)
class Reading:
    """The file of an import and the words about reading it. KIND and MAPPING as for a RecordFile; HOME is the slug of the group of records
    that name none.
    """

    file: RecordFile
    kind: str | None
    home: str | None
    on_progress: Callable[[Progress], None] = lambda progress: None
    mapping: Mapping[str, str] | None = None
    bytes_read: int = 0
    done: int = 0

    def survey(self) -> Survey:
        """What is in the file. Raises UnreadableFile when it cannot be read to its end."""
        return survey(self._records("reading", None), self.file.size // _BYTES_PER_RECORD_MIN, self.home)

    def batches(self, found: Survey, kinds: frozenset[str], places: Places, size: Callable[[], int]) -> Iterator[ReadBatch]:
        """The records of KINDS that PLACES does not hold, in batches of SIZE records, asked anew for each."""
        records: list[Record] = []
        ordinals: dict[int, int] = {}
        number = text_bytes = 0
        for record in self._records("writing", found.total):
            if record_kind(record) not in kinds:
                continue
            ordinal = found.repeats.ordinal(record.value) if record.value is not None and record.value.get("kind") == "event" else 0
            if places.holds(record.line):
                continue
            if ordinal:
                ordinals[record.line] = ordinal
            records.append(record)
            text_bytes += len(record.text)
            if len(records) >= size() or text_bytes >= BATCH_BYTES:
                yield _batch(number, records, ordinals)
                records, ordinals, number, text_bytes = [], {}, number + 1, 0
        if records:
            yield _batch(number, records, ordinals)

    def _records(self, step: str, total: int | None) -> Iterator[Record]:
        def heard(position: int) -> None:
            self.bytes_read = position

        for count, record in enumerate(self.file.records(heard, self.kind, self.mapping)):
            if count % _TOLD_EVERY_RECORDS == 0:
                self.tell(step, count if total is None else self.done, total)
            yield record

    def tell(self, step: str, done: int, total: int | None) -> None:
        """Says how far the import is."""
        self.on_progress(Progress(step, done, total, self.bytes_read))


def _batch(number: int, records: list[Record], ordinals: dict[int, int]) -> ReadBatch:
    return ReadBatch(Batch(number, records[0].line, records[-1].line), records, ordinals)
