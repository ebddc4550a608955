"""CSV rows as records: a column per field; `properties.price` or `metadata.amount` for what lies inside."""

import csv
from collections.abc import Iterator, Mapping
from typing import IO, Any

import orjson

from ontology.errors import UnreadableFile
from ontology.records.csv_cells import QUOTED_MARK, unquoted
from ontology.records.parsing import json_parse
from ontology.records.record import Record
from ontology.validation.problems import Fault, shown

_INSIDE = ("properties.", "metadata.", "chunk.")
_JSON_FIELDS = frozenset({"properties", "metadata", "chunk", "labels", "links", "embedding", "permissions"})
_NUMBER_FIELDS = frozenset({"strength"})
_MOMENT_FIELDS = frozenset({"created_at", "timestamp", "valid_from", "valid_to"})
_AS_TEXT = ":text"
_CELLS_SHOWN = 10
CELL_CHARACTERS_MAX = 1_000_000
LINE_CHARACTERS_MAX = 4_000_000


def csv_records(stream: IO[str], kind: str | None, mapping: Mapping[str, str] | None = None) -> Iterator[Record]:
    """A record per row; an empty cell is an absent field. MAPPING names the field of a column, blank for one to pass over; others are called as they are.
    Cells of `properties.…` that read as a JSON number, true, false, list or object are that,
    all others text, and so are those of a column named `properties.…:text`; `properties` as a whole column is JSON.

    Raises UnreadableFile for a file without a usable header, or that is not UTF-8.
    """
    csv.field_size_limit(CELL_CHARACTERS_MAX)
    reader = csv.reader(_lines(stream), strict=True)
    try:
        header = next(reader, None)
        if not header or any(not name.strip() for name in header) or len({name.strip() for name in header}) < len(header):
            raise UnreadableFile("The first row must name every column, each once.")
        _demand_commas(header, mapping or {})
        header, fields = _fields(header, mapping or {})
        for whole in (prefix[:-1] for prefix in _INSIDE if prefix[:-1] in fields and any(name.startswith(prefix) for name in fields)):
            raise UnreadableFile(f"The first row names {whole} as a column and columns inside it; use one or the other.")
        for row in reader:
            if any(row):
                yield _record(reader.line_num, header, fields, row, kind)
    except csv.Error as broken:
        raise UnreadableFile(f"The row at line {reader.line_num:,} is not CSV: {broken}.") from None
    except UnicodeDecodeError as broken:
        raise UnreadableFile(f"After line {reader.line_num:,} the text is not UTF-8 (byte 0x{broken.object[broken.start]:02x}).") from None


def csv_columns(stream: IO[str]) -> list[str]:
    """The names in the first row. Raises UnreadableFile when it cannot be read."""
    try:
        return [name.strip() for name in next(csv.reader(_lines(stream), strict=True), [])]
    except (csv.Error, UnicodeDecodeError) as broken:
        raise UnreadableFile(f"The first row cannot be read: {broken}.") from None


def _lines(stream: IO[str]) -> Iterator[str]:
    """The lines of STREAM, one at a time and none longer than memory should hold."""
    while line := stream.readline(LINE_CHARACTERS_MAX):
        if len(line) == LINE_CHARACTERS_MAX and not line.endswith("\n"):
            raise csv.Error(f"the line is longer than {LINE_CHARACTERS_MAX:,} characters")
        yield line


def _demand_commas(header: list[str], mapping: Mapping[str, str]) -> None:
    """Raises UnreadableFile for a first row that is one column, or JSON, by all signs: every record would be refused for another reason."""
    first = header[0].strip()
    if first.startswith(("{", "[")):
        raise UnreadableFile("The first row is JSON, and must name the columns of a CSV file; a file of JSON lines has a name that ends in .ndjson.")
    if len(header) == 1 and first not in mapping and (found := next((mark for mark in ";\t|" if mark in first), None)):
        told = {"\t": "tabs"}.get(found, repr(found))
        raise UnreadableFile(f"The columns of the first row are separated by {told}; save the file with commas between them.")


def _fields(header: list[str], mapping: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The names of the columns as they stand, and the field that each is. Raises UnreadableFile for a mapping that does not fit."""
    names = [name.strip() for name in header]
    missing = [name for name in mapping if name not in names]
    if missing:
        raise UnreadableFile(f"The mapping names the column {missing[0]!r}; the file has {', '.join(names[:20])}.")
    fields = [mapping.get(name, name).strip() for name in names]
    given = [field for field in fields if field]
    if len(set(given)) < len(given):
        raise UnreadableFile("Two columns are mapped to one field.")
    return names, fields


def _record(line: int, header: list[str], fields: list[str], row: list[str], kind: str | None) -> Record:
    text = orjson.dumps({name: row[place] if place < len(row) else "" for place, name in enumerate(header)})
    if len(row) != len(header):
        beyond = f" Too many are {', '.join(shown(cell) for cell in row[len(header) :][:_CELLS_SHOWN])}." if len(row) > len(header) else ""
        return Record(line, text, None, ("", "wrong_width", f"The row has {len(row)} cells; the header names {len(header)}.{beyond}"))
    value: dict[str, Any] = {} if kind is None else {"kind": kind}
    is_quoted = QUOTED_MARK in header
    for name, cell in zip(fields, row, strict=True):
        if cell == "" or not name:
            continue
        fault = _put(value, name, unquoted(cell) if is_quoted else cell)
        if fault is not None:
            return Record(line, text, None, fault)
    return Record(line, text, value, None)


def _put(value: dict[str, Any], name: str, cell: str) -> Fault | None:
    for prefix in _INSIDE:
        if name.startswith(prefix):
            inside = value.setdefault(prefix[:-1], {})
            if isinstance(inside, dict):
                key = name.removeprefix(prefix)
                inside[key.removesuffix(_AS_TEXT)] = cell if key.endswith(_AS_TEXT) else _plain(cell)
            return None
    if name in _JSON_FIELDS:
        value[name], fault = json_parse(cell.encode())
        return None if fault is None else (name, "not_json", f"{name}: {fault[2]}")
    value[name] = _number(cell) if name in _NUMBER_FIELDS | _MOMENT_FIELDS else cell
    return None


def _plain(cell: str) -> Any:
    """What a cell inside properties means: JSON where it is more than a word, else the text itself."""
    if cell[0] in "{[-0123456789" or cell in {"true", "false", "null"}:
        value, fault = json_parse(cell.encode())
        return cell if fault is not None else value
    return cell


def _number(cell: str) -> float | int | str:
    """Seconds or a strength when it reads as a number, else the text (RFC 3339)."""
    try:
        return int(cell) if cell.lstrip("-").isdigit() else float(cell)
    except ValueError:
        return cell
