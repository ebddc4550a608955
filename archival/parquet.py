"""Events in Parquet files: what a file looks like, and events as they come and go."""

import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import duckdb
import numpy
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from archival.sql import statement

SCHEMA_VERSION = 1
COMPRESSION, COMPRESSION_LEVEL = "zstd", 3
ROWS_A_GROUP = 16_384
"""So that a page of a few events reads a part of the file: measured, larger groups cost such a page more, smaller ones compress worse."""
_MOMENT = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("group_id", pa.string(), nullable=False),
        pa.field("type", pa.string(), nullable=False),
        pa.field("actor_id", pa.string()),
        pa.field("target_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("timestamp", _MOMENT, nullable=False),
        pa.field("metadata", pa.string(), nullable=False),
        pa.field("external_id", pa.string()),
        pa.field("created_at", _MOMENT, nullable=False),
    ]
)
"""The columns of a file. Ids are text and metadata is JSON text, because DuckDB, BigQuery, Athena, Spark and Trino all read those, and not all read
Parquet's own UUID and JSON. Sorted by timestamp and id.
"""
NUMBER = "number"
_DIGEST_MODULUS = 1 << 64


@dataclass(frozen=True, slots=True)
class Export:
    """Events out of the database, with what the database says of them: how many, and their digest."""

    events: pa.Table
    digest: str

    @property
    def rows(self) -> int:
        """How many events."""
        return int(self.events.num_rows)

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The first and the last moment."""
        moments = self.events.column("timestamp")
        return moments[0].as_py(), moments[-1].as_py()

    @property
    def ids(self) -> tuple[uuid.UUID, uuid.UUID]:
        """The lowest and the highest id."""
        found = pa.compute.min_max(self.events.column("id")).as_py()
        return uuid.UUID(found["min"]), uuid.UUID(found["max"])


def export_read(text: bytes) -> Export:
    """The events that sql/events_export.sql copied out as TEXT. Raises pyarrow.ArrowInvalid for what is none of it."""
    if not text:
        return Export(SCHEMA.empty_table(), f"{0:016x}")
    names = [*SCHEMA.names, NUMBER]
    table = pa.csv.read_csv(
        io.BytesIO(text),
        read_options=pa.csv.ReadOptions(column_names=names, block_size=1 << 24),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            column_types={**{field.name: field.type for field in SCHEMA}, NUMBER: pa.int64()},
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
        ),
    )
    numbers = table.column(NUMBER).to_numpy().view(numpy.uint64)
    return Export(table.drop_columns([NUMBER]).cast(SCHEMA), f"{int(numbers.sum(dtype=numpy.uint64)):016x}")


def file_of(export: Export, about: dict[str, str]) -> bytes:
    """EXPORT as a file that tells ABOUT itself. The same events give the same bytes, so that an object written twice is one."""
    told = {f"sextant.{name}": text for name, text in {**about, "schema_version": str(SCHEMA_VERSION), "digest": export.digest}.items()}
    out = io.BytesIO()
    pa.parquet.write_table(
        export.events.replace_schema_metadata(told),
        out,
        compression=COMPRESSION,
        compression_level=COMPRESSION_LEVEL,
        row_group_size=ROWS_A_GROUP,
        sorting_columns=[pa.parquet.SortingColumn(SCHEMA.get_field_index("timestamp")), pa.parquet.SortingColumn(SCHEMA.get_field_index("id"))],
        store_schema=False,
    )
    return out.getvalue()


def table_of(content: bytes) -> pa.Table:
    """The events of a file. Raises pyarrow.ArrowInvalid or OSError for what is none."""
    return pa.parquet.read_table(io.BytesIO(content)).select(SCHEMA.names).cast(SCHEMA)


def rows_and_digest(content: bytes) -> tuple[int, str]:
    """How many events a file holds, and their digest, both counted anew from its columns."""
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as session:
        session.register("events", table_of(content))
        found = session.execute(statement("file_digest")).fetchone()
    assert found is not None
    return int(found[0]), f"{int(found[1] or 0) % _DIGEST_MODULUS:016x}"


def digest_of(events: pa.Table) -> str:
    """The digest of EVENTS as a file of them would give it."""
    out = pa.BufferOutputStream()
    pa.parquet.write_table(events, out)
    return rows_and_digest(out.getvalue().to_pybytes())[1]


class EventArrays(NamedTuple):
    """The columns of events, as archival_events_return takes them."""

    ids: list[str]
    types: list[str]
    actors: list[str | None]
    targets: list[str | None]
    persons: list[str | None]
    moments: list[datetime]
    metadatas: list[str]
    external_ids: list[str | None]
    created: list[datetime]


def arrays_of(events: pa.Table) -> EventArrays:
    """EVENTS as arrays."""
    names = ("id", "type", "actor_id", "target_id", "person_id", "timestamp", "metadata", "external_id", "created_at")
    return EventArrays(*(events.column(name).to_pylist() for name in names))


def rows_of(events: pa.Table) -> Iterator[dict[str, Any]]:
    """EVENTS one by one, part by part."""
    for part in events.to_batches(max_chunksize=1000):
        yield from part.to_pylist()
