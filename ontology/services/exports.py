"""Things, connections and events of a group as a file that loads again: NDJSON, CSV or Parquet, in constant memory."""

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db.models import CharField, F, QuerySet, TextField
from django.db.models.functions import Cast, Coalesce

from ontology.choices import ExportFormat, ExportKind
from ontology.models import Connection, Event, Group, Thing
from ontology.models.free_form import Decoder
from ontology.records.csv_cells import QUOTED_MARK, quoted

ROWS_A_READ = 2_000
_COPY_BYTES = 1 << 20

type Row = dict[str, Any]


def _key(thing: str) -> Coalesce:
    """What a file calls a thing: its external id, or its id where it has none."""
    return Coalesce(F(f"{thing}external_id"), Cast(F(f"{thing}id"), CharField()))


@dataclass(frozen=True, slots=True)
class _Noun:
    """Rows of one kind: which, their fields in the order of a file's columns, and those among them that hold JSON or a moment."""

    rows: Callable[[Group], QuerySet[Any]]
    fields: Mapping[str, Any]
    json_field: str
    moments: frozenset[str]

    def read(self, group: Group, kind: str) -> Iterator[Row]:
        """The rows of GROUP as records, by a cursor of the server."""
        names = tuple(self.fields)
        expressions = {f"_{name}": value for name, value in self.fields.items()}
        rows = self.rows(group).annotate(**expressions).values_list(*expressions)
        for values in rows.iterator(chunk_size=ROWS_A_READ):
            row: Row = {"kind": kind}
            for name, value in zip(names, values, strict=True):
                if value is not None:
                    row[name] = self._value(name, value)
            yield row

    def _value(self, name: str, value: Any) -> Any:
        if name == self.json_field:
            return json.loads(value, cls=Decoder)
        return moment_text(value) if name in self.moments else value


_NOUNS: Mapping[ExportKind, _Noun] = {
    ExportKind.THINGS: _Noun(
        lambda group: Thing.objects.in_group(group).live().order_by("id"),
        {
            "external_id": _key(""),
            "type": F("type"),
            "name": F("name"),
            "properties": Cast("properties", TextField()),
            "status": F("status"),
            "created_at": F("created_at"),
        },
        "properties",
        frozenset({"created_at"}),
    ),
    ExportKind.CONNECTIONS: _Noun(
        lambda group: Connection.objects.in_group(group).live().order_by("id"),
        {
            "from": _key("from_thing__"),
            "to": _key("to_thing__"),
            "type": F("type"),
            "metadata": Cast("metadata", TextField()),
            "strength": F("strength"),
            "valid_from": F("valid_from"),
            "valid_to": F("valid_to"),
        },
        "metadata",
        frozenset({"valid_from", "valid_to"}),
    ),
    ExportKind.EVENTS: _Noun(
        lambda group: Event.objects.in_group(group).order_by("timestamp", "id"),
        {
            "type": F("type"),
            "actor": _key("actor__"),
            "target": _key("target__"),
            "timestamp": F("timestamp"),
            "metadata": Cast("metadata", TextField()),
            "external_id": F("external_id"),
        },
        "metadata",
        frozenset({"timestamp"}),
    ),
}
_SINGULAR = {ExportKind.THINGS: "thing", ExportKind.CONNECTIONS: "connection", ExportKind.EVENTS: "event"}


def group_export(group: Group, kind: ExportKind, form: ExportFormat) -> Iterator[bytes]:
    """The live rows of GROUP of one KIND (or all, as NDJSON) as a file; in the caller's transaction, one query a kind. In a load order: things first."""
    kinds = list(_NOUNS) if kind is ExportKind.ALL else [kind]
    if form is ExportFormat.NDJSON:
        return (orjson.dumps(row) + b"\n" for each in kinds for row in _NOUNS[each].read(group, _SINGULAR[each]))
    noun = _NOUNS[kinds[0]]
    rows = noun.read(group, _SINGULAR[kinds[0]])
    return _csv(noun, rows) if form is ExportFormat.CSV else _parquet(noun, rows)


def moment_text(moment: datetime) -> str:
    """A moment as a file holds it: RFC 3339 in UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _csv(noun: _Noun, rows: Iterable[Row]) -> Iterator[bytes]:
    columns = ["kind", *noun.fields]
    yield _line([*columns, QUOTED_MARK])
    for row in rows:
        cells = [orjson.dumps(row[name]).decode() if name == noun.json_field else quoted(str(row.get(name, ""))) for name in columns]
        yield _line([*cells, "1"])


def _line(cells: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


def _parquet(noun: _Noun, rows: Iterator[Row]) -> Iterator[bytes]:
    """Typed columns, JSON as text; written beside and sent when it is whole, since a Parquet file ends with its table of contents."""
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {name: pa.timestamp("us", "UTC") if name in noun.moments else pa.float64() if name == "strength" else pa.string() for name in noun.fields}
    schema = pa.schema([("kind", pa.string()), *kinds.items()])
    with tempfile.TemporaryFile(prefix="sextant-export-") as file:
        with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            for part in _parts(rows):
                writer.write_table(pa.Table.from_pylist([_typed(noun, row) for row in part], schema=schema))
        file.seek(0)
        while block := file.read(_COPY_BYTES):
            yield block


def _parts(rows: Iterator[Row]) -> Iterator[list[Row]]:
    part: list[Row] = []
    for row in rows:
        part.append(row)
        if len(part) == ROWS_A_READ:
            yield part
            part = []
    if part:
        yield part


def _typed(noun: _Noun, row: Row) -> Row:
    return {
        name: orjson.dumps(value).decode() if name == noun.json_field else datetime.fromisoformat(value) if name in noun.moments else value
        for name, value in row.items()
    }
