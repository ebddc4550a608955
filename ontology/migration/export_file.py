"""The snapshot export of the old platform: a ZIP of `<table>/documents.jsonl`, read as a stream and never unpacked."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ontology.errors import UnreadableFile

LINE_BYTES_MAX = 16 << 20
"""A longer document is read past: of it only its length, its digest and its beginning are kept."""
LINE_BYTES_KEPT = 64 << 10
PIECE_BYTES = 1 << 20
BYTES_FREE, RATIO_MAX = 64 << 20, 200
"""A member may become 64 MB whatever it was, and beyond that 200 times its packed size: text becomes 5 to 20 times as large, a bomb 1,000 times."""
_DOCUMENTS = re.compile(r"[A-Za-z0-9_]{1,80}/documents\.jsonl")
_IN_FIRST_PLACE = ("groups", "entities", "knowledge")
_ORDER = {name: number for number, name in enumerate((*_IN_FIRST_PLACE, "connections", "events", "thingKnowledge"))}
"""What is referred to is read before what refers to it."""
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class Line:
    """One document as it stands in the export: its table, its line from 1 on, its bytes without the end of the line.

    Of a line of more than LINE_BYTES_MAX bytes `text` is the beginning, and `size` is the length of the whole.
    """

    table: str
    number: int
    text: bytes
    size: int

    @property
    def is_whole(self) -> bool:
        """Whether `text` is all of it."""
        return len(self.text) == self.size

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return f"{self.table}/documents.jsonl:{self.number}"


@dataclass(slots=True)
class ExportFile:
    """An export. `members` are its files of documents in the order in which they are read, `ignored` the names of what else is in it."""

    path: Path
    members: list[zipfile.ZipInfo] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def survey(self) -> dict[str, int]:
        """Reads the file once to its end: how many documents each table has. Raises UnreadableFile for what is broken, encrypted, or no export."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                self._sort(archive)
                return {self._table(member): sum(1 for _ in self._lines(archive, member, 0)) for member in self.members}
        except _BROKEN as broken:
            raise UnreadableFile(f"{self.path.name} is no readable ZIP: {_words(broken)}. Nothing was written.") from None

    def lines(self, *, member: int = 0, after: int = 0) -> Iterator[tuple[int, Line]]:
        """(member, line) of every document from the line after AFTER of MEMBER on. Raises UnreadableFile; `survey` comes first."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                for number, info in enumerate(self.members[member:], member):
                    for line in self._lines(archive, info, after if number == member else 0):
                        yield number, line
        except _BROKEN as broken:
            raise UnreadableFile(f"{self.path.name} cannot be read further: {_words(broken)}.") from None

    def _sort(self, archive: zipfile.ZipFile) -> None:
        names = [info.filename for info in archive.infolist()]
        for name in names:
            if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or re.match(r"[A-Za-z]:", name):
                raise UnreadableFile(f"The export holds a file by the name of {name!r}, which leads out of it. Nothing was written.")
        found = [info for info in archive.infolist() if _DOCUMENTS.fullmatch(info.filename)]
        if not found:
            raise UnreadableFile(f"{self.path.name} holds no <table>/documents.jsonl; is it a snapshot export? Nothing was written.")
        if len({info.filename for info in found}) < len(found):
            raise UnreadableFile(f"{self.path.name} holds two files by one name. Nothing was written.")
        self.members = sorted(found, key=lambda info: (_ORDER.get(self._table(info), len(_ORDER)), info.filename))
        self.ignored = sorted(name for name in names if not _DOCUMENTS.fullmatch(name) and not name.endswith("/"))

    def _table(self, member: zipfile.ZipInfo) -> str:
        return member.filename.partition("/")[0]

    def _lines(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, after: int) -> Iterator[Line]:
        table, number, read = self._table(member), 0, 0
        with archive.open(member) as packed, io.BufferedReader(packed, PIECE_BYTES) as stream:  # type: ignore[type-var]  # it has what is needed
            while (found := _line(stream, member)) is not None:
                text, size, taken = found
                read += taken
                _demand_no_bomb(member, read)
                number += 1
                if size and number > after:
                    yield Line(table, number, text, size)


def _line(stream: io.BufferedIOBase, member: zipfile.ZipInfo) -> tuple[bytes, int, int] | None:
    """A line or its beginning, its length without, and with, the end of the line; None at the end of the file."""
    text = stream.readline(LINE_BYTES_MAX + 1)
    if not text:
        return None
    size, whole = len(text), text.endswith(b"\n") or len(text) <= LINE_BYTES_MAX
    while not whole:
        piece = stream.readline(PIECE_BYTES)
        size += len(piece)
        _demand_no_bomb(member, size)
        whole = piece.endswith(b"\n") or not piece
    if size == len(text):
        text = text.strip(b"\xef\xbb\xbf \t\r\n")
        return text, len(text), size
    return text[:LINE_BYTES_KEPT], size, size


def _words(broken: Exception) -> str:
    return (str(broken) or type(broken).__name__).rstrip(".")


def _demand_no_bomb(member: zipfile.ZipInfo, read: int) -> None:
    if read > BYTES_FREE and read > RATIO_MAX * max(member.compress_size, 1):
        raise UnreadableFile(f"{member.filename} becomes more than {RATIO_MAX} times its packed size: a ZIP bomb. Nothing more was read.")
