"""A file of records: NDJSON or CSV, plain, .gz or .zst, read line by line in constant memory."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from backports import zstd

from ontology.errors import UnreadableFile
from ontology.records.csv_rows import csv_columns, csv_records
from ontology.records.parsing import json_parse
from ontology.records.record import Record
from ontology.validation.problems import Fault, shown

LINE_BYTES_MAX = 4_000_000
"""A longer line is refused by itself and skipped, so that memory stays bounded whatever a file holds."""
_OPENERS: dict[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": lambda raw: gzip.GzipFile(fileobj=raw),
    b"\x28\xb5\x2f\xfd": lambda raw: zstd.ZstdFile(raw),
}
"""How a file begins that is compressed; the name's ending says nothing that this does not."""


def is_csv_name(name: str) -> bool:
    """Whether a file of that NAME is read as comma-separated values; an ending of packed files comes after."""
    return name.lower().removesuffix(".gz").removesuffix(".zst").endswith(".csv")


@dataclass(frozen=True, slots=True)
class RecordFile:
    """A file of records that can be read more than once."""

    path: Path

    def __post_init__(self) -> None:
        """Raises UnreadableFile when there is no such file, or it may not be read."""
        try:
            with self.path.open("rb"):
                pass
        except OSError as refused:
            raise UnreadableFile(f"{self.path} cannot be read: {refused.strerror}.") from None

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self.path.stat().st_size

    @property
    def is_csv(self) -> bool:
        """Whether the name says comma-separated values; all other files are NDJSON."""
        return is_csv_name(self.path.name)

    def columns(self) -> list[str]:
        """The columns that the first row of a CSV file names. Raises UnreadableFile as `records` does."""
        with self.path.open("rb") as raw:
            text = io.TextIOWrapper(_decompressed(raw), encoding="utf-8-sig", newline="")
            try:
                return csv_columns(text)
            except (EOFError, OSError, zlib.error, zstd.ZstdError) as broken:
                raise UnreadableFile(f"The file is damaged at its beginning: {broken}.") from None

    def fingerprint(self) -> str:
        """SHA-256 of the bytes on disk, so that a run goes on with the very file it began with. Raises UnreadableFile."""
        try:
            with self.path.open("rb") as raw:
                return hashlib.file_digest(raw, "sha256").hexdigest()
        except OSError as refused:
            raise UnreadableFile(f"{self.path} cannot be read: {refused.strerror}.") from None

    def records(
        self, on_bytes: Callable[[int], None] = lambda _: None, kind: str | None = None, mapping: Mapping[str, str] | None = None
    ) -> Iterator[Record]:
        """Every record with its line, from 1; ON_BYTES hears how far into the file on disk reading has come. KIND is for records that name none,
        MAPPING for the columns of a CSV file.

        Raises UnreadableFile, with the last good line, when the file ends in the middle or is damaged.
        """
        line = 0
        with self.path.open("rb") as raw, closing(self._records(_decompressed(raw), kind, mapping)) as found:
            try:
                for record in found:
                    line = record.line
                    yield record
                    on_bytes(raw.tell())
            except EOFError:
                raise UnreadableFile(f"The file ends in the middle of its compressed data, after line {line:,}. It was not copied whole.") from None
            except (OSError, zlib.error, zstd.ZstdError) as broken:
                raise UnreadableFile(f"The file is damaged after line {line:,}: {broken}.") from None

    def _records(self, stream: IO[bytes], kind: str | None, mapping: Mapping[str, str] | None) -> Generator[Record]:
        if not self.is_csv:
            yield from _ndjson_records(stream, kind)
            return
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        try:
            yield from csv_records(text, kind, mapping)
        finally:
            text.detach()


def _decompressed(raw: IO[bytes]) -> IO[bytes]:
    head = raw.read(4)
    raw.seek(0)
    for magic, opener in _OPENERS.items():
        if head.startswith(magic):
            return io.BufferedReader(opener(raw), 1 << 18)
    return raw


def _ndjson_records(stream: IO[bytes], kind: str | None) -> Iterator[Record]:
    line = 0
    while text := stream.readline(LINE_BYTES_MAX):
        line += 1
        if len(text) == LINE_BYTES_MAX and not text.endswith(b"\n"):
            _skip_line(stream)
            yield Record(line, text[:1000], None, ("", "line_too_long", f"The line is longer than {LINE_BYTES_MAX:,} bytes."))
            continue
        if line == 1:
            text = text.removeprefix(b"\xef\xbb\xbf")
        text = text.strip(b" \t\r\n")
        if text:
            yield _record(line, text, kind)


def _skip_line(stream: IO[bytes]) -> None:
    while (part := stream.readline(LINE_BYTES_MAX)) and not part.endswith(b"\n"):
        pass


def _record(line: int, text: bytes, kind: str | None) -> Record:
    value, fault = json_parse(text)
    if fault is None and not isinstance(value, dict):
        fault = _no_object(value)
    if fault is not None:
        return Record(line, text, None, fault)
    if kind is not None:
        value.setdefault("kind", kind)
    return Record(line, text, value, None)


def _no_object(value: Any) -> Fault:
    return ("", "not_object", f"A line must be an object, not {shown(value)}.")
