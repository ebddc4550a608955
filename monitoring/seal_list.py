"""The list of a sealed range as a file: Parquet, with the number of the range and the hash of the one before in its metadata."""

import hashlib
import io
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet

_SHORT = pa.binary(16)
SCHEMA = pa.schema(
    [
        pa.field("id", _SHORT, nullable=False),
        pa.field("group", _SHORT),
        pa.field("month", pa.int32()),
        pa.field("leaf", _SHORT),
        pa.field("act", pa.string(), nullable=False),
        pa.field("decision", pa.string(), nullable=False),
    ]
)
FIRST = "0" * 64
"""What stands for the hash before the first."""


@dataclass(frozen=True, slots=True)
class Line:
    """An event of a range: its leaf as it was when it was sealed (None: gone by then), and what was done to it."""

    id: uuid.UUID
    group: uuid.UUID | None
    month: int | None
    leaf: bytes | None
    act: str
    decision: str


@dataclass(frozen=True, slots=True)
class SealList:
    """A range: its number, the hash before it, the entries it came of, and its lines in order."""

    number: int
    previous: str
    sealed_at: datetime
    entries: tuple[int, ...]
    lines: tuple[Line, ...]


def file_of(sealed: SealList) -> bytes:
    """SEALED as a file."""
    lines = sealed.lines
    columns = [
        [line.id.bytes for line in lines],
        [line.group.bytes if line.group else None for line in lines],
        [line.month for line in lines],
        [line.leaf for line in lines],
        [line.act for line in lines],
        [line.decision for line in lines],
    ]
    told = {
        "number": str(sealed.number),
        "previous": sealed.previous,
        "sealed_at": sealed.sealed_at.isoformat(),
        "entries": ",".join(map(str, sealed.entries)),
    }
    table = pa.table([pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)
    out = io.BytesIO()
    pa.parquet.write_table(table.replace_schema_metadata(told), out, compression="zstd")
    return out.getvalue()


def list_of(content: bytes) -> SealList:
    """The list in a file. Raises pyarrow.ArrowException, KeyError or ValueError for what is none."""
    table = pa.parquet.read_table(io.BytesIO(content))
    told = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    entries = tuple(int(word) for word in told["entries"].split(",") if word)
    return SealList(int(told["number"]), told["previous"], datetime.fromisoformat(told["sealed_at"]), entries, tuple(_lines(table)))


def _lines(table: pa.Table) -> Iterator[Line]:
    columns: Sequence[Sequence[object]] = [table.column(field.name).to_pylist() for field in SCHEMA]
    for key, group, month, leaf, act, decision in zip(*columns, strict=True):
        assert isinstance(key, bytes)
        yield Line(
            uuid.UUID(bytes=key),
            uuid.UUID(bytes=group) if isinstance(group, bytes) else None,
            month if isinstance(month, int) else None,
            leaf if isinstance(leaf, bytes) else None,
            str(act),
            str(decision),
        )


def hash_of(content: bytes) -> str:
    """The hash that the next range names."""
    return hashlib.sha256(content).hexdigest()
